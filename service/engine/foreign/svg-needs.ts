/** What a vector file needs from outside of the renderer's thread. */
export interface VectorNeeds {
  /** Files of images that the renderer cannot read. */
  readonly images: readonly Uint8Array[]
  /** Code points of characters beyond ASCII that the text may contain. */
  readonly characters: readonly number[]
}

/** The answer to `VectorNeeds`. */
export interface VectorSupplies {
  /** The images as PNG, in the same order; undefined for one that cannot be read. */
  readonly images: readonly (Uint8Array | undefined)[]
  /** The files of fonts for characters that DejaVu lacks. */
  readonly fonts: readonly Uint8Array[]
}

/** Starts of `data:` URLs whose content is WebP (`RIFF`) or a HEIF container (`ftyp`), whatever their type says. */
const embedded = /data:[^,"'<>]{0,200};base64,\s{0,100}(?=UklGR|AAAA.[GWm2]Z0eX)/g
/** The characters that end a URL in an attribute, a style or an entity. */
const urlEnd = /["'()<>]/g
/** Further images are not shown. */
const maxImages = 100

/** A document in which short tokens replace the images that the renderer cannot read. */
export interface DetachedImages {
  readonly text: string
  readonly images: readonly Uint8Array[]
}

/** Takes WebP and AVIF images out of a document. The time is linear. */
export function detachImages(text: string): DetachedImages {
  const images: Uint8Array[] = []
  const parts: string[] = []
  let from = 0
  embedded.lastIndex = 0
  for (let match = embedded.exec(text); match && images.length < maxImages; match = embedded.exec(text)) {
    urlEnd.lastIndex = embedded.lastIndex
    const end = urlEnd.exec(text)?.index ?? text.length
    // a line break may be written as a character reference
    const content = text.slice(embedded.lastIndex, end).replace(/&#x?[\da-f]{1,4};/gi, '')
    parts.push(text.slice(from, match.index), tokenOf(images.length))
    images.push(Buffer.from(content, 'base64'))
    from = end
    embedded.lastIndex = end
  }
  return { text: parts.join('') + text.slice(from), images }
}

const tokenOf = (index: number) => `data:detached,${index}.`

/** Puts images in the place of their tokens, each once: a document that repeats a token must not multiply its image. */
export function attachImages(text: string, images: VectorSupplies['images']): string {
  const left = new Map(images.entries())
  return text.replace(/data:detached,(\d{1,3})\./g, (_, index) => {
    const image = left.get(Number(index))
    left.delete(Number(index))
    return image ? `data:image/png;base64,${Buffer.from(image).toString('base64')}` : 'data:,'
  })
}

const reference = /&#(?:x([\da-f]{1,6})|(\d{1,7}));/gi
/** Distinct characters that are returned. */
const maxCharacters = 10_000

/** The distinct characters beyond ASCII of a document with text, including those written as character references. */
export function findCharacters(text: string): number[] {
  if (!/<(?:[\w.-]+:)?text[\s>]/.test(text)) return []
  const found = new Set<number>()
  for (let at = 0; at < text.length && found.size < maxCharacters; at++) {
    if (text.charCodeAt(at) < 128) continue
    const code = text.codePointAt(at) ?? 0
    found.add(code)
    if (code > 0xffff) at++
  }
  for (const [, hex, decimal] of text.matchAll(reference)) {
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
    if (found.size < maxCharacters && code > 127) found.add(code)
  }
  return [...found]
}
