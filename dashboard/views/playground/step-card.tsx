import { useId } from 'preact/hooks'
import type { Operation } from '../../api-types.ts'
import { Button } from '../../components/button.tsx'
import { Icon } from '../../components/icon.tsx'
import { sentence } from './options/option-field.tsx'
import { StepOptions } from './options/step-options.tsx'
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

/** One operation with its options. */
export function StepCard(props: CardProps) {
  const { step, place, count, operation, error, reorder, onChange, onRemove } = props
  const id = useId()
  const label = operation?.label ?? step.op
  return (
    <li class={`step ${reorder.dragging === place ? 'dragging' : ''}`}>
      <fieldset class="step-card" aria-labelledby={id}>
        <div class="step-head">
          <button
            type="button"
            class="grip"
            aria-label={`${label}, ${place + 1} of ${count}: move with the arrow keys`}
            onPointerDown={event => reorder.grab(place, event)}
            onKeyDown={event => reorder.press(place, event)}
          >
            <Icon name="grip" size={18} />
          </button>
          <h2>
            <span class="step-name" id={id}>
              {label}
            </span>{' '}
            <code>{step.op}</code>
          </h2>
          <Button kind="quiet" size="small" icon="close" label={`Remove ${label}`} onClick={onRemove} />
        </div>
        {operation && <p class="hint">{sentence(operation.summary)}</p>}
        {operation && operation.options.length > 0 && (
          <StepOptions step={step} operation={operation} onChange={onChange} />
        )}
        {error && (
          <p class="mistake" role="alert">
            {error}
          </p>
        )}
      </fieldset>
    </li>
  )
}
