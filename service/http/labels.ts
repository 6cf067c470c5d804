import { DarkroomError } from '../errors/catalogue.ts'
import type { ImageDescription, ImageLabels } from '../metadata/image.ts'
import { parseFormDescription } from './description.ts'
import { maxTagLists } from './schemas/text.ts'

/** The longest title, in characters; the most tags of an image; and the longest tag, in characters. */
const maxTitle = 200
export const maxTags = 50
const maxTag = 64

const formFields = ['title', 'tags', 'alt', 'metadata']

/**
 * Parses labels and description from form fields. A `tags` field holds one tag or several separated by commas, a
 * `metadata` field is JSON.
 * @throws DarkroomError `bad-request` that names the field
 */
export function parseFormLabels(
  fields: readonly (readonly [name: string, value: string])[],
): ImageLabels & ImageDescription {
  const unknown = fields.find(([name]) => !formFields.includes(name))
  if (unknown)
    throw new DarkroomError(
      'bad-request',
      `${unknown[0].slice(0, 60)}: is an unknown field, expected file, title, tags, alt or metadata`,
    )
  const valuesOf = (field: string) => fields.filter(([name]) => name === field).map(([, value]) => value)
  const title = valuesOf('title').at(-1)?.trim() ?? ''
  const lists = valuesOf('tags')
  if (lists.reduce((sum, { length }) => sum + length, 0) > maxTagLists)
    throw new DarkroomError(
      'bad-request',
      `tags: are too long, expected at most ${maxTagLists} characters in all`,
    )
  const listed = lists.flatMap(value => value.split(','))
  const tags = [...new Set(listed.map(tag => tag.trim()).filter(tag => tag !== ''))]
  if ([...title].length > maxTitle)
    throw new DarkroomError('bad-request', `title: is too long, expected at most ${maxTitle} characters`)
  if (tags.length > maxTags)
    throw new DarkroomError('bad-request', `tags: are too many, expected at most ${maxTags}`)
  if (tags.some(tag => [...tag].length > maxTag)) {
    throw new DarkroomError(
      'bad-request',
      `tags: one is too long, expected at most ${maxTag} characters each`,
    )
  }
  if (hasControls(title) || tags.some(hasControls)) {
    throw new DarkroomError('bad-request', 'title, tags: must not contain control characters')
  }
  const description = parseFormDescription(valuesOf('alt').at(-1), valuesOf('metadata').at(-1))
  return { title, tags, ...description }
}

/**
 * Parses title and tags from a JSON body by the same rules. A field that is absent stays absent.
 * @throws DarkroomError `bad-request` that names the field
 */
export function parseJsonLabels({
  title,
  tags,
}: {
  readonly title: string | undefined
  readonly tags: readonly string[] | undefined
}): Partial<ImageLabels> {
  const labels = parseFormLabels([['title', title ?? ''], ...(tags ?? []).map(tag => ['tags', tag] as const)])
  return {
    ...(title === undefined ? {} : { title: labels.title }),
    ...(tags === undefined ? {} : { tags: labels.tags }),
  }
}

const hasControls = (text: string) => /\p{Cc}/u.test(text)
