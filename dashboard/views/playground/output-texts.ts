import { candidatesOf } from '../../../service/client/candidates.ts'
import type { OperationStep } from '../../../service/client/operations.generated.ts'
import type { OperationTable } from '../../../service/url/option.ts'
import { normalizeStep } from '../../../service/url/step.ts'
import { api } from '../../api.ts'
import type { Image, Signed, SigningRequest } from '../../api-types.ts'
import type { Form } from './address.ts'
import { inputOf } from './steps.ts'

/** A text to copy, with its title. */
export interface Output {
  readonly title: string
  readonly text: string
}

/** The formats of the `<picture>` element, best first: browsers take the first that they support. */
const pictureFormats = ['avif', 'webp', 'jpg'] as const
/** The widths of a `srcset`, as multiples of the form's width. */
const multiples = [0.5, 1, 1.5, 2]
/** The width when the form has none, in pixels. */
const defaultWidth = 800
/** The maximum side of a derivative, in pixels. */
const maxSide = 8192

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
  { id, title }: Image,
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
    { title: 'Markdown', text: `![${title.replace(/[[\]\\<&`]/g, '\\$&')}](${url})` },
    { title: 'curl', text: `curl -s -o image.${extension} '${url}'` },
    { title: 'Client', text: `await images.url('${id}', ${literal(typed(form, table))}${output})` },
  ]
}

/** The `srcset` and `<picture>` outputs. Signs every URL in them. @throws Problem */
export async function setOutputs(
  image: Image,
  form: Form,
  { url }: Signed,
  table: OperationTable,
  signal: AbortSignal,
): Promise<Output[]> {
  const steps = typed(form, table)
  const width = widthOf(steps)
  const formats = [...new Set([form.format, ...pictureFormats])]
  const requests = formats.flatMap(format => requestsOf(image.id, form, steps, width, format))
  const all = await api.signAll(
    requests.map(({ request }) => request),
    signal,
  )
  const srcset = (format: string) =>
    requests
      .flatMap((one, index) => (one.format === format ? [`${all[index]?.url} ${one.descriptor}`] : []))
      .join(', ')
  const sizes = `(max-width: ${width}px) 100vw, ${width}px`
  const rest = `src="${attribute(url)}" alt="${attribute(image.title)}"`
  const img = `<img srcset="${attribute(srcset(form.format))}" sizes="${sizes}" ${rest}>`
  return [
    { title: 'srcset', text: img },
    { title: 'picture', text: pictureElement(srcset, sizes, `<img ${rest}>`) },
  ]
}

function requestsOf(
  imageId: string,
  form: Form,
  steps: readonly OperationStep[],
  width: number,
  format: string,
) {
  const widths = [
    ...new Set(multiples.map(times => Math.min(maxSide, Math.max(1, Math.round(width * times))))),
  ]
  const lifetime = form.expiresIn === '' ? {} : { expiresIn: Number(form.expiresIn) }
  return candidatesOf(steps, { widths }).map(({ operations, descriptor }) => {
    const request: SigningRequest = { imageId, operations, format, ...lifetime }
    return { format, descriptor, request }
  })
}

function widthOf(steps: readonly OperationStep[]): number {
  const resize = steps.find(step => step.op === 'resize')
  return resize?.op === 'resize' && typeof resize.w === 'number' ? resize.w : defaultWidth
}

function pictureElement(srcset: (format: string) => string, sizes: string, img: string): string {
  const sources = pictureFormats.map(format => {
    const type = format === 'jpg' ? 'image/jpeg' : `image/${format}`
    return `  <source type="${type}" srcset="${attribute(srcset(format))}" sizes="${sizes}">`
  })
  return ['<picture>', ...sources, `  ${img}`, '</picture>'].join('\n')
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

/** Escapes a text for a quoted HTML attribute. */
function attribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
}
