import { parseDerivative } from '../../../service/url/grammar.ts'
import type { OperationTable } from '../../../service/url/option.ts'
import { type FormStep, fromGrammar } from './steps.ts'

/** What a URL says, as the form shows it. */
export interface Explained {
  readonly userId: string
  readonly imageId: string
  readonly steps: readonly FormStep[]
  readonly format: string
}

/**
 * Reads an image's URL, with or without host and query.
 * @throws DarkroomError that names the token that is wrong, or Error for what is no such URL
 */
export function explain(text: string, table: OperationTable): Explained {
  const start = text.indexOf('/processed/')
  if (start < 0) throw new Error('this is not the URL of a derivative: expected …/processed/<user>/<image>…')
  const path = text.slice(start).split(/[?#\s]/, 1)[0] ?? ''
  const { steps, ...rest } = parseDerivative(path, table)
  return { ...rest, steps: fromGrammar(steps) }
}
