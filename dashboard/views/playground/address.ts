import { type FormStep, formStep } from './steps.ts'

/** The form as it stands in the page's address, so that a reload, a bookmark and a colleague see the same. */
export interface Form {
  readonly steps: readonly FormStep[]
  readonly format: string
  /** Seconds for which the signed URLs work; empty for ever. */
  readonly expiresIn: string
}

/** Without any parameter: what a page most likely wants. */
const first: Form = { steps: [formStep('resize', { w: '800' })], format: 'auto', expiresIn: '' }

/** `op=resize;w=300&op=sharpen&format=webp`; unlike the grammar it holds what is half typed, too. */
export function writeForm({ steps, format, expiresIn }: Form): string {
  const query = new URLSearchParams(steps.map(step => ['op', writeStep(step)]))
  query.set('format', format)
  if (expiresIn !== '') query.set('expires', expiresIn)
  return query.toString()
}

/** The inverse of `writeForm`. */
export function readForm(query: URLSearchParams): Form {
  if (query.size === 0) return first
  return {
    steps: query.getAll('op').map(readStep),
    format: query.get('format') ?? 'auto',
    expiresIn: query.get('expires') ?? '',
  }
}

function writeStep({ op, values }: FormStep): string {
  const options = Object.entries(values).filter(([, value]) => value !== '')
  return [op, ...options.map(([name, value]) => `${name}=${encodeURIComponent(value)}`)].join(';')
}

function readStep(text: string): FormStep {
  const [op = '', ...options] = text.split(';')
  const values = options.map(option => {
    const equals = option.indexOf('=')
    return [option.slice(0, equals), decode(option.slice(equals + 1))] as const
  })
  return formStep(op, Object.fromEntries(values))
}

/** Somebody may have written the address by hand. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
