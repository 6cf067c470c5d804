import { describeExpected } from '../../../../service/url/expectation.ts'
import type { OptionSpec } from '../../../../service/url/option.ts'
import { parseValue, printValue } from '../../../../service/url/values.ts'
import type { ControlProps } from './option-field.tsx'

/** The props that every field of an option shares: its label in words, with the name in the URL beside it. */
export function fieldProps({ spec, value, onValue, hintId }: ControlProps) {
  return {
    small: true,
    label: spec.label,
    aside: spec.name,
    describedBy: hintId,
    error: valueError(spec, value),
    value,
    onValue,
  }
}

/** The validation error of a value; undefined when it is valid or empty. */
function valueError(spec: OptionSpec, value: string): string | undefined {
  const text = value === '' ? undefined : printValue(spec, value)
  if (value === '' || (text !== undefined && parseValue(spec, text) !== undefined)) return undefined
  return `Expected ${describeExpected(spec)}`
}
