import { DarkroomError } from '../errors/catalogue.ts'
import type { Extension } from '../url/address.ts'
import { type Candidate, type Candidates, candidatesOf } from './candidates.ts'
import type { OperationStep } from './operations.generated.ts'
import type { Size } from './output-size.ts'

/** The formats that a `<picture>` can name. */
export type PictureFormat = Exclude<Extension, 'auto' | 'json'>

/** The content of a `<picture>`, and its formats and sizes. */
export type PictureRequest = Candidates & {
  /** Applied in every format and size; the size is set on the first resize. */
  readonly operations?: readonly OperationStep[] | undefined
  /** Formats in order of preference, default `avif` and `webp`. */
  readonly formats?: readonly PictureFormat[] | undefined
  /** The format for browsers that support none of `formats`, default `jpg`; `auto` for an `<img>` without `formats`. */
  readonly fallback?: PictureFormat | 'auto' | undefined
  /** The `sizes` attribute, which `widths` require: how wide the page shows the picture. */
  readonly sizes?: string | undefined
}

/** One `<source>`. */
export interface PictureSource {
  readonly type: string
  readonly srcset: string
  readonly sizes?: string
}

/** The `<img>` of a `<picture>`. */
export interface PictureImg {
  /** The candidate in the middle, for browsers that know no `srcset`; of densities the lowest. */
  readonly src: string
  readonly srcset: string
  readonly sizes?: string
  /**
   * The size in CSS pixels, so that the page does not jump when the image arrives. It is that of the first resize, or of
   * `src`. Absent unless it follows from the operations, or from `original`.
   */
  readonly width?: number
  readonly height?: number
  readonly loading: 'lazy'
  readonly decoding: 'async'
}

/** A `<picture>` as data, independent of how it is rendered to HTML. */
export interface Picture {
  readonly sources: readonly PictureSource[]
  readonly img: PictureImg
}

/** A file of a `<picture>` before it has a URL. */
export interface PictureFile {
  readonly operations: readonly OperationStep[]
  readonly format: PictureFormat | 'auto'
}

/**
 * The attributes of an `<img>`. `alt` may be that of an image of the API: it is empty for a decorative image. Null omits
 * the attribute, so that accessibility checkers report that the text is missing.
 */
export type ImgAttributes = { readonly alt: string | null } & Readonly<
  Record<string, string | number | boolean | null>
>

/** Every file of a `<picture>`, grouped by format, with the fallback last. */
export function pictureFiles(request: PictureRequest): PictureFile[] {
  const candidates = candidatesOf(request.operations ?? [], request)
  if (candidates.length === 0)
    throw new DarkroomError('bad-request', 'a <picture> needs a width or a density')
  return formatsOf(request).flatMap(format => candidates.map(({ operations }) => ({ operations, format })))
}

/** Assembles a picture from the URLs of its files, in the order of `pictureFiles`. */
export function assemblePicture(request: PictureRequest, urls: readonly string[]): Picture {
  const candidates = candidatesOf(request.operations ?? [], request)
  const sizes = request.sizes === undefined ? {} : { sizes: request.sizes }
  const formats = formatsOf(request)
  const sets = formats.map((_, at) => {
    const own = urls.slice(at * candidates.length, (at + 1) * candidates.length)
    return own.map((url, index) => `${url} ${candidates[index]?.descriptor}`).join(', ')
  })
  const sources = formats.slice(0, -1).map((format, at) => ({
    type: `image/${format === 'jpg' ? 'jpeg' : format}`,
    srcset: sets[at] ?? '',
    ...sizes,
  }))
  const middle = 'densities' in request ? 0 : Math.floor(candidates.length / 2)
  const src = urls.at(middle - candidates.length) ?? ''
  const size = sizeOf(request, candidates[middle])
  const img = {
    src,
    srcset: sets.at(-1) ?? '',
    ...sizes,
    ...size,
    loading: 'lazy',
    decoding: 'async',
  } as const
  return { sources, img }
}

/** The size that the page reserves: that of the resize as it is written, or else of the fallback. */
function sizeOf(request: PictureRequest, fallback: Candidate | undefined): Size | Record<string, never> {
  const { operations = [], original } = request
  const resize = operations.find(step => step.op === 'resize')
  const width = typeof resize?.w === 'number' ? resize.w : undefined
  const written = 'densities' in request ? { densities: [1] } : { widths: width === undefined ? [] : [width] }
  const [shown = fallback] = candidatesOf(operations, { ...written, original })
  const { width: wide, height: high } = shown?.size ?? {}
  return wide === undefined || high === undefined ? {} : { width: wide, height: high }
}

const formatsOf = ({ formats = ['avif', 'webp'], fallback = 'jpg' }: PictureRequest) => [...formats, fallback]

/**
 * A picture as HTML: a `<picture>`, or an `<img>` alone if there is one format. Values are escaped; `true` writes an
 * attribute without a value, `false` and null omit it. Attributes override those of the picture, except its URLs; a `width` or
 * `height` overrides both.
 * @throws DarkroomError `bad-request` for an invalid attribute name
 */
export function pictureHtml({ sources, img }: Picture, attributes: ImgAttributes): string {
  const { src, srcset, sizes, width, height, ...hints } = img
  const urls = { src, ...(srcset !== '' && { srcset }), ...(sizes !== undefined && { sizes }) }
  // HTML compares names without case, and keeps the first of two equal ones
  const own = Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name.toLowerCase(), value]),
  )
  const isSized = 'width' in own || 'height' in own || width === undefined || height === undefined
  const defaults = { ...(isSized ? {} : { width, height }), ...hints }
  const all = { ...own, ...urls, ...defaults, ...own, ...urls }
  const html = `<img${print(all)}>`
  if (sources.length === 0) return html
  return `<picture>${sources.map(source => `<source${print({ ...source })}>`).join('')}${html}</picture>`
}

function print(attributes: Readonly<Record<string, string | number | boolean | null>>): string {
  return Object.entries(attributes)
    .map(([name, value]) => {
      if (!/^[a-z][a-z0-9:-]*$/i.test(name)) {
        throw new DarkroomError('bad-request', `${name.slice(0, 60)}: must be a valid attribute name`)
      }
      if (value === null || value === false) return ''
      if (value === true) return ` ${name}`
      return ` ${name}="${escapeHtml(String(value))}"`
    })
    .join('')
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '"': '&quot;', '<': '&lt;', '>': '&gt;' }

const escapeHtml = (text: string) => text.replace(/[&"<>]/g, character => entities[character] ?? '')
