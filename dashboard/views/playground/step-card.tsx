import { useEffect, useId, useRef } from 'preact/hooks'
import type { Operation } from '../../api-types.ts'
import { Button } from '../../components/button.tsx'
import { Icon } from '../../components/icon.tsx'
import { sentence } from './options/option-field.tsx'
import { StepOptions } from './options/step-options.tsx'
import { placeAction, placeButtonId } from './placing/handles.ts'
import { type FormStep, stepReading } from './steps.ts'
import type { Reorder } from './use-reorder.ts'

interface CardProps {
  readonly step: FormStep
  readonly place: number
  readonly count: number
  /** Undefined when the service does not have this operation. */
  readonly operation: Operation | undefined
  /** The step in canonical form; empty when it has an error. */
  readonly text: string
  readonly error: string | undefined
  readonly reorder: Reorder
  /** Whether the options are shown. */
  readonly open: boolean
  /** Whether the user has just added the step: it takes the focus. */
  readonly added: boolean
  /** Whether the step is being placed on the picture. */
  readonly placing: boolean
  readonly onPlace: (on: boolean) => void
  readonly onOpen: (open: boolean) => void
  readonly onChange: (step: FormStep) => void
  readonly onRemove: () => void
}

/** One operation: its options, or a summary of them. */
export function StepCard(props: CardProps) {
  const { step, place, operation, error, reorder, open, added, onChange } = props
  const action = placeAction(step)
  const id = useId()
  const card = useRef<HTMLLIElement>(null)
  useEffect(() => {
    if (!added) return
    const field = card.current?.querySelector<HTMLElement>('.step-body :is(.input, .button)')
    const target = field ?? card.current?.querySelector<HTMLElement>('.step-toggle')
    target?.focus()
  }, [])
  return (
    <li ref={card} class={`step ${open ? 'open' : ''} ${reorder.dragging === place ? 'dragging' : ''}`}>
      <fieldset class="step-card" aria-labelledby={`${id}-name`}>
        <StepHead {...props} id={id} />
        {open && operation && (
          <div class="step-body" id={`${id}-body`}>
            <p class="hint">{sentence(operation.summary)}</p>
            {action && (
              <Button
                size="small"
                icon="target"
                id={placeButtonId(step.id)}
                aria-pressed={props.placing}
                onClick={() => props.onPlace(!props.placing)}
              >
                {action}
              </Button>
            )}
            {operation.options.length > 0 && (
              <StepOptions step={step} operation={operation} added={added} onChange={onChange} />
            )}
          </div>
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

/** The handle to move the step, its name and summary, which open and close the card, and a button that removes it. */
function StepHead(props: CardProps & { readonly id: string }) {
  const { id, step, place, count, operation, text, reorder, open, onOpen, onRemove } = props
  const label = operation?.label ?? step.op
  return (
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
        <button
          type="button"
          class="step-toggle"
          aria-expanded={open}
          aria-controls={open ? `${id}-body` : undefined}
          onClick={() => onOpen(!open)}
        >
          <span class="step-line">
            <span class="step-name" id={`${id}-name`}>
              {label}
            </span>
            {!open && operation && <span class="step-reading">{stepReading(step, operation)}</span>}
          </span>
          <code class="step-text">{text || step.op}</code>
        </button>
      </h2>
      <Icon name={open ? 'up' : 'down'} size={16} />
      <Button kind="quiet" size="small" icon="close" label={`Remove ${label}`} onClick={onRemove} />
    </div>
  )
}
