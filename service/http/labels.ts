import { DarkroomError } from '../errors/catalogue.ts'
import type { ImageLabels } from '../metadata/image.ts'

/** Bounds of what people say about an image. */
const maxTitle = 200
export const maxTags = 50
const maxTag = 64

/**
 * Title and tags from the fields of a form; tags come one a field or several in one, separated by commas.
 * @throws DarkroomError `bad-request` naming the field
 */
export function parseFormLabels(fields: readonly (readonly [name: string, value: string])[]): ImageLabels {
  const unknown = fields.find(([name]) => name !== 'title' && name !== 'tags')
  if (unknown) throw new DarkroomError('bad-request', `${unknown[0].slice(0, 60)}: is not known here`)
  const of = (wanted: string) => fields.filter(([name]) => name === wanted).map(([, value]) => value)
  const title = of('title').at(-1)?.trim() ?? ''
  const listed = of('tags').flatMap(value => value.split(','))
  const tags = [...new Set(listed.map(tag => tag.trim()).filter(tag => tag !== ''))]
  if (title.length > maxTitle) throw new DarkroomError('bad-request', `title: at most ${maxTitle} characters`)
  if (tags.length > maxTags) throw new DarkroomError('bad-request', `tags: at most ${maxTags}`)
  if (tags.some(tag => tag.length > maxTag)) {
    throw new DarkroomError('bad-request', `tags: at most ${maxTag} characters each`)
  }
  if (hasControls(title) || tags.some(hasControls)) {
    throw new DarkroomError('bad-request', 'title, tags: no control characters')
  }
  return { title, tags }
}

/**
 * The same of a JSON body, where what is absent stays absent.
 * @throws DarkroomError `bad-request` naming the field
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
