import { DarkroomError } from '../errors/catalogue.ts'
import type { Extension } from '../url/address.ts'
import type { OperationStep } from './operations.generated.ts'
import { type PolicyGrant, policyUrl } from './policy.ts'
import { type Candidates, candidatesOf } from './srcset.ts'

/** The formats that a `<picture>` can name. */
export type PictureFormat = Exclude<Extension, 'auto' | 'json'>

/** The content of a `<picture>`, and its formats and sizes. */
export type PictureRequest = Candidates & {
  /** Applied in every format and size; the size is set on the first resize. */
  readonly operations?: readonly OperationStep[] | undefined
  /** Formats in order of preference, default `avif` and `webp`. */
  readonly formats?: readonly PictureFormat[] | undefined
  /** The format for browsers that support none of `formats`, default `jpg`. */
  readonly fallback?: PictureFormat | undefined
  /** The `sizes` attribute, which `widths` require: how wide the page shows the picture. */
  readonly sizes?: string | undefined
}

/** One `<source>`. */
export interface PictureSource {
  readonly type: string
  readonly srcset: string
  readonly sizes?: string
}

/** A `<picture>` as data, independent of how it is rendered to HTML. */
export interface Picture {
  readonly sources: readonly PictureSource[]
  readonly img: { readonly src: string; readonly srcset: string; readonly sizes?: string }
}

/** A file of a `<picture>` before it has a URL. */
export interface PictureFile {
  readonly operations: readonly OperationStep[]
  readonly format: PictureFormat
}

/** The attributes of an `<img>`; `alt` is empty for a decorative image. */
export type ImgAttributes = { readonly alt: string } & Readonly<Record<string, string | number | boolean>>

/**
 * Builds a `<picture>` from a grant: many formats and sizes with one signature.
 * @throws DarkroomError as `policySrcset` does, or `bad-request` if there are no candidates
 */
export function picture(grant: PolicyGrant, request: PictureRequest): Picture {
  const files = pictureFiles(request)
  return assemblePicture(
    request,
    files.map(file => policyUrl(grant, file)),
  )
}

/** Every file of a `<picture>`, grouped by format, with the fallback last. */
export function pictureFiles(request: PictureRequest): PictureFile[] {
  const candidates = candidatesOf(request.operations ?? [], request)
  if (candidates.length === 0)
    throw new DarkroomError('bad-request', 'a <picture> needs a width or a density')
  return formatsOf(request).flatMap(format => candidates.map(({ operations }) => ({ operations, format })))
}

/** Assembles a picture from the URLs of its files, in the order of `pictureFiles`. */
export function assemblePicture(request: PictureRequest, urls: readonly string[]): Picture {
  const descriptors = candidatesOf(request.operations ?? [], request).map(({ descriptor }) => descriptor)
  const sizes = request.sizes === undefined ? {} : { sizes: request.sizes }
  const all = formatsOf(request).map((format, at) => {
    const own = urls.slice(at * descriptors.length, (at + 1) * descriptors.length)
    const srcset = own.map((url, index) => `${url} ${descriptors[index]}`).join(', ')
    return { type: `image/${format === 'jpg' ? 'jpeg' : format}`, srcset, ...sizes }
  })
  const { srcset = '' } = all.at(-1) ?? {}
  return { sources: all.slice(0, -1), img: { src: urls.at(-1) ?? '', srcset, ...sizes } }
}

const formatsOf = ({ formats = ['avif', 'webp'], fallback = 'jpg' }: PictureRequest) => [...formats, fallback]

/**
 * A picture as HTML. Values are escaped; `true` writes an attribute without a value, `false` omits it.
 * @throws DarkroomError `bad-request` for an invalid attribute name
 */
export function pictureHtml({ sources, img }: Picture, attributes: ImgAttributes): string {
  const lines = sources.map(source => `<source${print({ ...source })}>`)
  return `<picture>${lines.join('')}<img${print({ ...attributes, ...img })}></picture>`
}

function print(attributes: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(attributes)
    .map(([name, value]) => {
      if (!/^[a-z][a-z0-9:-]*$/i.test(name)) {
        throw new DarkroomError('bad-request', `${name.slice(0, 60)}: must be a valid attribute name`)
      }
      if (typeof value === 'boolean') return value ? ` ${name}` : ''
      return ` ${name}="${escapeHtml(String(value))}"`
    })
    .join('')
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '"': '&quot;', '<': '&lt;', '>': '&gt;' }

const escapeHtml = (text: string) => text.replace(/[&"<>]/g, character => entities[character] ?? '')
