import { mayWritePresets } from '../../session.ts'
import { type FormStep, formStep } from './steps.ts'

/** The playground's form. It is stored in the URL, so that it survives a reload and can be shared. */
export interface Form {
  readonly steps: readonly FormStep[]
  readonly format: string
  /** The lifetime of signed URLs in seconds; empty for unlimited. */
  readonly expiresIn: string
}

/** The form without any query parameters. */
function firstForm(): Form {
  const step = mayWritePresets() ? formStep('resize', { w: '800' }) : formStep('preset', {})
  return { steps: [step], format: 'auto', expiresIn: '' }
}

/**
 * Writes the form as a query: `op=resize;w=300&op=sharpen&format=webp`. Unlike the URL grammar, it also accepts
 * incomplete values.
 */
export function writeForm({ steps, format, expiresIn }: Form): string {
  const query = new URLSearchParams(steps.map(step => ['op', writeStep(step)]))
  query.set('format', format)
  if (expiresIn !== '') query.set('expires', expiresIn)
  return query.toString()
}

/** The inverse of `writeForm`. */
export function readForm(query: URLSearchParams): Form {
  if (query.size === 0) return firstForm()
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

/** Decodes a value. Returns it unchanged when it is malformed, since URLs may be edited by hand. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
