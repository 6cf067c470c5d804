import './options.css'
import { useId, useRef, useState } from 'preact/hooks'
import type { Operation } from '../../../api-types.ts'
import { Button } from '../../../components/button.tsx'
import type { FormStep } from '../steps.ts'
import { OptionField } from './option-field.tsx'
import { useFocusedOption } from './use-focused-option.ts'

interface OptionsProps {
  readonly step: FormStep
  readonly operation: Operation
  /** Whether the user has just added the operation. */
  readonly added: boolean
  readonly onChange: (step: FormStep) => void
}

/** The options of an operation: first those that matter and those with a value, all others on request. */
export function StepOptions({ step, operation, added, onChange }: OptionsProps) {
  const id = useId()
  const [all, setAll] = useState(false)
  const [focused, handlers] = useFocusedOption()
  // an option that was shown stays, also when its value is cleared while the user types
  const shown = useRef(new Set<string>()).current
  for (const { name, advanced } of operation.options) {
    if (!advanced || step.values[name]) shown.add(name)
  }
  const visible = operation.options.filter(({ name }) => all || shown.has(name))
  const hidden = operation.options.length - operation.options.filter(({ name }) => shown.has(name)).length
  return (
    <>
      <div class="options" {...handlers}>
        {visible.map(spec => (
          <OptionField
            key={spec.name}
            op={step.op}
            added={added}
            spec={spec}
            value={step.values[spec.name] ?? ''}
            values={step.values}
            hintId={`${id}-${spec.name}`}
            showsHint={focused === spec.name}
            onValue={value => onChange({ ...step, values: { ...step.values, [spec.name]: value } })}
          />
        ))}
      </div>
      {hidden > 0 && (
        <Button kind="quiet" size="small" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? 'Fewer options' : `More options (${hidden})`}
        </Button>
      )}
    </>
  )
}
