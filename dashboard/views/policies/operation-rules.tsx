import { useState } from 'preact/hooks'
import type { OperationTable, OptionSpec } from '../../../service/url/option.ts'
import type { Operation } from '../../api-types.ts'
import { Button } from '../../components/button.tsx'
import { Check } from '../../components/check.tsx'
import { SelectField, TextField } from '../../components/field.tsx'
import { countText } from '../../format.ts'
import { type OperationForm, ruleError } from './policy-form.ts'
import { expectedValue } from './rule-text.ts'

interface RulesProps {
  readonly rules: readonly OperationForm[]
  readonly operations: readonly Operation[]
  readonly table: OperationTable
  readonly onRules: (rules: readonly OperationForm[]) => void
}

/** The operations that URLs may contain, with what their options may be. */
export function OperationRules({ rules, operations, table, onRules }: RulesProps) {
  const offered = operations.filter(({ name }) => !rules.some(({ op }) => op === name))
  return (
    <div class="operation-rules">
      {rules.map((rule, at) => (
        <OperationRule
          key={rule.op}
          rule={rule}
          operation={operations.find(({ name }) => name === rule.op)}
          table={table}
          onRule={changed => onRules(rules.with(at, changed))}
          onRemove={() => onRules(rules.toSpliced(at, 1))}
        />
      ))}
      {rules.length === 0 && <p class="hint">No operation is allowed yet.</p>}
      <SelectField
        label="Allow another operation"
        hideLabel
        value=""
        choices={[
          { value: '', label: 'Allow another operation …' },
          ...offered.map(({ name, label, summary }) => ({ value: name, label: `${label}: ${summary}` })),
        ]}
        onValue={op => op !== '' && onRules([...rules, { op, free: true, options: {} }])}
      />
    </div>
  )
}

interface RuleProps {
  readonly rule: OperationForm
  readonly operation: Operation | undefined
  readonly table: OperationTable
  readonly onRule: (rule: OperationForm) => void
  readonly onRemove: () => void
}

function OperationRule({ rule, operation, table, onRule, onRemove }: RuleProps) {
  const { op, free } = rule
  const specs = Object.entries(table.get(op)?.options ?? {})
  return (
    <fieldset class="operation-rule">
      <legend class="unseen">{op}</legend>
      <div class="operation-rule-head">
        <div>
          <strong>{operation?.label ?? op}</strong> <code>{op}</code>{' '}
          <span class="hint">{operation?.summary}</span>
        </div>
        <Button kind="quiet" size="small" icon="close" label={`Do not allow ${op}`} onClick={onRemove} />
      </div>
      {specs.length > 0 && (
        <Check checked={free} onCheck={on => onRule({ ...rule, free: on })}>
          Any options
        </Check>
      )}
      {!free && <OptionRules rule={rule} specs={specs} onRule={onRule} />}
    </fieldset>
  )
}

type Spec = readonly [name: string, spec: OptionSpec]

interface OptionsProps {
  readonly rule: OperationForm
  readonly specs: readonly Spec[]
  readonly onRule: (rule: OperationForm) => void
}

/** What the options may be. Options that had no rule when the form was opened are behind a button. */
function OptionRules({ rule, specs, onRule }: OptionsProps) {
  const [first] = useState(() => specs.filter(([name]) => rule.options[name]))
  const rest = specs.filter(one => !first.some(([name]) => name === one[0]))
  const fields = (shown: readonly Spec[]) => (
    <div class="operation-rule-options">
      {shown.map(([name, spec]) => (
        <TextField
          key={name}
          small
          label={`${spec.label} (${name})`}
          placeholder="stays at its default"
          hint={`any, or ${expectedValue(spec)}`}
          error={ruleError(rule.options[name] ?? '', spec)}
          autocomplete="off"
          value={rule.options[name] ?? ''}
          onValue={text => onRule({ ...rule, options: { ...rule.options, [name]: text } })}
        />
      ))}
    </div>
  )
  return (
    <>
      {first.length > 0 && fields(first)}
      {rest.length > 0 && (
        <details class="operation-rule-more" open={first.length === 0}>
          <summary>{first.length === 0 ? 'Options' : countText(rest.length, 'more option')}</summary>
          {fields(rest)}
        </details>
      )}
    </>
  )
}
