import type { Operation } from '../../api-types.ts'
import { Button } from '../../components/button.tsx'
import { Icon } from '../../components/icon.tsx'
import { OptionField } from './option-field.tsx'
import type { FormStep } from './steps.ts'
import type { Reorder } from './use-reorder.ts'

interface CardProps {
  readonly step: FormStep
  readonly place: number
  readonly count: number
  /** Undefined when the service does not have this operation. */
  readonly operation: Operation | undefined
  readonly error: string | undefined
  readonly reorder: Reorder
  readonly onChange: (step: FormStep) => void
  readonly onRemove: () => void
}

/** How many options are shown at first. The others can be expanded. */
const initialOptions = 4

/** One operation with its options. */
export function StepCard(props: CardProps) {
  const { step, place, count, operation, error, reorder, onRemove } = props
  return (
    <li class={`step ${reorder.dragging === place ? 'dragging' : ''}`}>
      <div class="step-head">
        <button
          type="button"
          class="grip"
          aria-label={`${step.op}, ${place + 1} of ${count}: move with the arrow keys`}
          onPointerDown={event => reorder.grab(place, event)}
          onKeyDown={event => reorder.press(place, event)}
        >
          <Icon name="grip" size={18} />
        </button>
        <h2>{step.op}</h2>
        <Button kind="quiet" size="small" icon="close" label={`Remove ${step.op}`} onClick={onRemove} />
      </div>
      {operation && <p class="hint">{operation.summary}</p>}
      {operation && operation.options.length > 0 && <Options {...props} operation={operation} />}
      {error && (
        <p class="mistake" role="alert">
          {error}
        </p>
      )}
    </li>
  )
}

function Options({ step, operation, onChange }: CardProps & { operation: Operation }) {
  const { options } = operation
  const change = (name: string, value: string) =>
    onChange({ ...step, values: { ...step.values, [name]: value } })
  const field = (spec: (typeof options)[number]) => (
    <OptionField
      key={spec.name}
      spec={spec}
      label={`${step.op} ${spec.name}`}
      value={step.values[spec.name] ?? ''}
      values={step.values}
      onValue={value => change(spec.name, value)}
    />
  )
  const rest = options.slice(initialOptions)
  const used = rest.filter(({ name }) => step.values[name]).length
  return (
    <>
      <div class="options">{options.slice(0, initialOptions).map(field)}</div>
      {rest.length > 0 && (
        <details class="unfold" open={used > 0}>
          <summary class="hint">{rest.length} more options</summary>
          <div class="options">{rest.map(field)}</div>
        </details>
      )}
    </>
  )
}
