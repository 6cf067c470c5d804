import type { OperationStep } from '../../../service/client/operations.generated.ts'
import {
  assemblePicture,
  type PictureFormat,
  pictureFiles,
  pictureHtml,
} from '../../../service/client/picture-markup.ts'
import type { OperationTable } from '../../../service/url/option.ts'
import { normalizeStep } from '../../../service/url/step.ts'
import { api } from '../../api.ts'
import type { Image, Signed, SigningRequest } from '../../api-types.ts'
import { markdownImage, pictureLines } from '../../markup-texts.ts'
import type { Form } from './address.ts'
import { inputOf } from './steps.ts'

/** A text to copy, with its title. */
export interface Output {
  readonly title: string
  readonly text: string
}

/** The widths of a `srcset`, as multiples of the form's width. */
const multiples = [0.5, 1, 1.5, 2]
/** The width when the form has none, in pixels. */
const defaultWidth = 800
/** The form's operations with typed values, in the client's types. */
function typed(form: Form, table: OperationTable): OperationStep[] {
  return form.steps.map(step => {
    const { op, options } = normalizeStep(inputOf(step), table)
    // safe: the client's types are generated from the same table that validated the options
    return { op, ...options } as OperationStep
  })
}

/** The outputs that need only the URL that is already signed. */
export function plainOutputs(
  { id, title, alt }: Image,
  form: Form,
  { url }: Signed,
  table: OperationTable,
): Output[] {
  const extension = form.format === 'auto' ? 'jpg' : form.format
  const options = [
    ...(form.format === 'auto' ? [] : [`format: '${form.format}'`]),
    ...(form.expiresIn === '' ? [] : [`expiresIn: ${form.expiresIn}`]),
  ]
  const output = options.length > 0 ? `, { ${options.join(', ')} }` : ''
  return [
    { title: 'URL', text: url },
    { title: 'Markdown', text: markdownImage(alt ?? title, url) },
    { title: 'curl', text: `curl -s -o image.${extension} '${url}'` },
    { title: 'Client', text: `await images.url('${id}', ${literal(typed(form, table))}${output})` },
  ]
}

/** The `srcset` and `<picture>` outputs. Signs every URL in them. @throws Problem */
export async function setOutputs(
  image: Image,
  form: Form,
  table: OperationTable,
  signal: AbortSignal,
): Promise<Output[]> {
  const operations = typed(form, table)
  const width = widthOf(operations)
  const shared = {
    operations,
    widths: multiples.map(times => Math.max(1, Math.round(width * times))),
    sizes: `(max-width: ${width}px) 100vw, ${width}px`,
    original: image,
  }
  const requests = [{ ...shared, formats: [], fallback: formatOf(form) }, shared]
  const lifetime = form.expiresIn === '' ? {} : { expiresIn: Number(form.expiresIn) }
  const files = requests.map(request =>
    pictureFiles(request).map((file): SigningRequest => ({ imageId: image.id, ...file, ...lifetime })),
  )
  const signed = await api.signAll(files.flat(), signal)
  const urls = signed.map(({ url }) => url)
  const [img = '', picture = ''] = requests.map(request => {
    const own = urls.splice(0, pictureFiles(request).length)
    return pictureHtml(assemblePicture(request, own), { alt: image.alt })
  })
  return [
    { title: 'srcset', text: img },
    { title: 'picture', text: pictureLines(picture) },
  ]
}

/** The form's format, for the `<img>`; a description in JSON has no picture. */
function formatOf({ format }: Form): PictureFormat | 'auto' {
  return format === 'json' ? 'auto' : (format as PictureFormat)
}

function widthOf(steps: readonly OperationStep[]): number {
  const resize = steps.find(step => step.op === 'resize')
  return resize?.op === 'resize' && typeof resize.w === 'number' ? resize.w : defaultWidth
}

/** Prints steps as JavaScript source. */
function literal(steps: readonly OperationStep[]): string {
  const one = (step: OperationStep) =>
    `{ ${Object.entries(step)
      .map(([name, value]) => `${name}: ${typeof value === 'string' ? quoted(value) : value}`)
      .join(', ')} }`
  return `[${steps.map(one).join(', ')}]`
}

const quoted = (text: string) =>
  `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
