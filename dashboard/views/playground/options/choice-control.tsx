import type { ChoiceSpec, FlagSpec } from '../../../../service/url/option.ts'
import { type Choice, SelectField } from '../../../components/field.tsx'
import { fieldProps } from './field-props.ts'
import type { ControlProps } from './option-field.tsx'

/** A word of a list. */
export function ChoiceControl(props: ControlProps<ChoiceSpec>) {
  const { spec, values } = props
  const choices = spec.values.map(value => ({ value, label: value }))
  return <Select {...props} fallback={defaultOf(spec, values)} choices={choices} />
}

/** On, off, or not set. */
export function FlagControl(props: ControlProps<FlagSpec>) {
  return <Select {...props} fallback={flagText(props.spec.default)} choices={flagChoices} />
}

const flagChoices = [
  { value: '1', label: 'on' },
  { value: '0', label: 'off' },
]
const flagText = (flag: boolean | undefined) => (flag === undefined ? undefined : flag ? 'on' : 'off')

interface SelectProps extends ControlProps {
  readonly fallback: string | undefined
  readonly choices: readonly Choice[]
}

function Select({ fallback, choices, ...props }: SelectProps) {
  const empty = { value: '', label: fallback === undefined ? 'not set' : `${fallback} (default)` }
  return <SelectField {...fieldProps(props)} choices={[empty, ...choices]} />
}

function defaultOf(
  { default: unconditional, defaultIf }: ChoiceSpec,
  values: ControlProps['values'],
): string | undefined {
  return defaultIf?.given.every(name => values[name]) ? defaultIf.value : unconditional
}
