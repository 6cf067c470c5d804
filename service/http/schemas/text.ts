import Type from 'typebox'
import { checked } from '../openapi/checked.ts'

const controls = '\\u0000-\\u001f\\u007f-\\u009f'

/** A text without control characters. Spelled out, as not every JSON Schema validator knows `\p{Cc}`. */
export const noControls = `^[^${controls}]*$`

/** A text that the database can store. */
export const noNul = '^[^\\u0000]*$'

/** An e-mail address, as far as it is checked. */
export const emailAddress = `^[^\\s@${controls}]+@[^\\s@${controls}]+$`

/** A name of a preset or policy. */
export const plainName = '^[a-z0-9]{1,32}$'

/**
 * Formats of texts that have rules which JSON Schema cannot express. The handlers check them; the document names them,
 * so that a generator of requests can be taught what they are.
 */
export const textFormats = [
  'cursor',
  'file-name',
  'image-operations',
  'image-path',
  'public-url',
  'tag-list',
] as const

/** The title of an image in JSON. */
export const Title = Type.String({ maxLength: 200, pattern: noControls, description: 'title' })

const oneTag = ` *[^,${controls}]{0,64} *`

/** The most characters of all lists of tags: splitting a megabyte of commas would block the process. */
export const maxTagLists = 16_384

/** Tags that commas separate. A handler ignores the spaces around each, and counts its characters without them. */
export const tagList = {
  format: 'tag-list',
  maxLength: maxTagLists,
  pattern: `^${oneTag}(,${oneTag})*$`,
} as const

/** The tags of an image in JSON. */
export const Tags = Type.Array(
  Type.String({ format: 'tag-list', pattern: noControls, ...checked(tagList) }),
  {
    maxItems: 50,
    description: 'tags, at most 50 of at most 64 characters each; a comma separates two of them',
  },
)

/** The cursor of a page. */
export const Cursor = Type.String({
  maxLength: 1000,
  format: 'cursor',
  description: '`nextCursor` of the previous page',
})
