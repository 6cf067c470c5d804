import { parseSteps } from '../../../service/url/grammar.ts'
import type { OperationTable } from '../../../service/url/option.ts'
import type { Preset } from '../../api-types.ts'
import { writeForm } from '../playground/address.ts'
import { type FormStep, formStep, fromGrammar } from '../playground/steps.ts'

/**
 * The playground's URL for a preset's operations. Refers to the preset by name without a table, and when its operations
 * cannot be parsed.
 */
export function playgroundPath(preset: Preset, table: OperationTable | undefined): string {
  return `/playground?${writeForm({ steps: stepsOf(preset, table), format: 'auto', expiresIn: '' })}`
}

function stepsOf({ name, operations }: Preset, table: OperationTable | undefined): FormStep[] {
  const byName = [formStep('preset', { n: name })]
  if (table === undefined) return byName
  try {
    return fromGrammar(parseSteps(operations, table))
  } catch {
    // stored by a newer version of the service with other operations
    return byName
  }
}
