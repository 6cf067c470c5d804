import type { OperationStep } from '../../../service/client/operations.generated.ts'
import {
  assemblePicture,
  type PictureFile,
  type PictureFormat,
  type PictureRequest,
  pictureFiles,
  pictureHtml,
} from '../../../service/client/picture-markup.ts'
import { api } from '../../api.ts'
import type { Image, Preset, SigningRequest } from '../../api-types.ts'
import type { Choice } from '../../components/field.tsx'
import { markdownImage, pictureLines } from '../../markup-texts.ts'

/** What is copied: a size (`original`, `w-640` or `preset-card`) and a format. */
export interface CopyChoice {
  readonly size: string
  readonly format: string
}

/** A text to copy, with its title. */
export interface CopyText {
  readonly title: string
  readonly text: string
}

const widths = [320, 640, 960, 1280, 1920, 2560]
/** The widths of a `srcset`, as multiples of the width that is shown. */
const multiples = [0.5, 1, 1.5, 2]

export const copyFormats: readonly Choice[] = [
  { value: 'auto', label: 'Auto' },
  { value: 'avif', label: 'AVIF' },
  { value: 'webp', label: 'WebP' },
  { value: 'jpg', label: 'JPEG' },
  { value: 'png', label: 'PNG' },
]

/** The sizes that an image can be copied in. Users with presets only have no others. */
export function copySizes(image: Image, presets: readonly Preset[], presetsOnly: boolean): Choice[] {
  const named = presets.map(({ name }) => ({ value: `preset-${name}`, label: `Preset ${name}` }))
  if (presetsOnly) return named
  const smaller = widths.filter(width => width < image.width || image.format === 'svg')
  return [
    { value: 'original', label: `Original, ${image.width} px wide` },
    ...smaller.map(width => ({ value: `w-${width}`, label: `${width} px wide` })),
    ...named,
  ]
}

/** Signs the URL of a choice. @throws Problem */
export async function copyUrl(image: Image, choice: CopyChoice, signal: AbortSignal): Promise<string> {
  return (await api.sign(requestOf(image, urlFile(choice)), signal)).url
}

/** The texts of a choice, with every URL in them signed in one request. @throws Problem */
export async function copyTexts(
  image: Image,
  choice: CopyChoice,
  signal: AbortSignal,
): Promise<readonly CopyText[]> {
  const sets = [markupOf(image, choice, []), markupOf(image, choice, ['avif', 'webp'])]
  const files = [urlFile(choice), ...sets.flatMap(({ files }) => files)]
  const signed = await api.signAll(
    files.map(file => requestOf(image, file)),
    signal,
  )
  const [url = '', ...urls] = signed.map(({ url }) => url)
  const [img = '', picture = ''] = sets.map(({ files, html }) => html(urls.splice(0, files.length)))
  return [
    { title: 'URL', text: url },
    { title: '<img>', text: img },
    { title: '<picture>', text: pictureLines(picture) },
    { title: 'Markdown', text: markdownImage(image.alt ?? image.title, url) },
  ]
}

const requestOf = ({ id }: Image, file: PictureFile): SigningRequest => ({ imageId: id, ...file })

const urlFile = ({ size, format }: CopyChoice): PictureFile => ({
  operations: stepsOf(size),
  format: format as PictureFile['format'],
})

function stepsOf(size: string): OperationStep[] {
  const [kind, value = ''] = size.split('-', 2)
  if (kind === 'preset') return [{ op: 'preset', n: value }]
  return kind === 'w' ? [{ op: 'resize', w: Number(value) }] : []
}

/** The files of an `<img>` or a `<picture>`, and its HTML once they have URLs. */
interface Markup {
  readonly files: readonly PictureFile[]
  readonly html: (urls: readonly string[]) => string
}

function markupOf(image: Image, { size, format }: CopyChoice, formats: readonly PictureFormat[]): Markup {
  // a `<picture>` ends in a format that every browser knows
  const fallback = formats.length > 0 && format !== 'png' ? 'jpg' : (format as PictureFile['format'])
  if (size.startsWith('preset-')) return presetMarkup(image, size, [...formats, fallback])
  const width = size === 'original' ? undefined : Number(size.slice(2))
  const request: PictureRequest = {
    operations: stepsOf(size),
    widths:
      width === undefined ? [...widths, image.width] : multiples.map(times => Math.round(width * times)),
    sizes: width === undefined ? '100vw' : `(max-width: ${width}px) 100vw, ${width}px`,
    original: image,
    formats,
    fallback,
  }
  return {
    files: pictureFiles(request),
    html: urls => pictureHtml(assemblePicture(request, urls), { alt: image.alt }),
  }
}

/** A preset decides on its size by itself, so each format has one file. */
function presetMarkup({ alt }: Image, size: string, formats: readonly PictureFile['format'][]): Markup {
  const files = formats.map(format => ({ operations: stepsOf(size), format }))
  return {
    files,
    html(urls) {
      const sources = formats
        .slice(0, -1)
        .map((format, at) => ({ type: `image/${format}`, srcset: urls[at] ?? '' }))
      const img = { src: urls.at(-1) ?? '', srcset: '', loading: 'lazy', decoding: 'async' } as const
      return pictureHtml({ sources, img }, { alt })
    },
  }
}
