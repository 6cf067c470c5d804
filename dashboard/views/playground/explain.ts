import { parseDerivative } from '../../../service/url/grammar.ts'
import type { OperationTable } from '../../../service/url/option.ts'
import { type FormStep, fromGrammar } from './steps.ts'

/** The parts of a derivative's URL that the form shows. */
export interface Explained {
  readonly userId: string
  readonly imageId: string
  readonly steps: readonly FormStep[]
  readonly format: string
}

/**
 * Parses the URL of a derivative, with or without host and query.
 * @throws DarkroomError that names the wrong token, or Error when it is not the URL of a derivative
 */
export function explain(text: string, table: OperationTable): Explained {
  const start = text.indexOf('/processed/')
  if (start < 0) throw new Error('this is not the URL of a derivative: expected …/processed/<user>/<image>…')
  const path = text.slice(start).split(/[?#\s]/, 1)[0] ?? ''
  const { steps, ...rest } = parseDerivative(path, table)
  return { ...rest, steps: fromGrammar(steps) }
}
