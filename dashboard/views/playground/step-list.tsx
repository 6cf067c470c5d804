import { useRef, useState } from 'preact/hooks'
import type { OperationTable } from '../../../service/url/option.ts'
import type { Operation } from '../../api-types.ts'
import { SelectField } from '../../components/field.tsx'
import { StepCard } from './step-card.tsx'
import { exampleStep, type FormStep, move } from './steps.ts'
import type { Change } from './use-form.ts'
import { useReorder } from './use-reorder.ts'

interface ListProps {
  readonly steps: readonly FormStep[]
  readonly operations: readonly Operation[]
  readonly table: OperationTable
  readonly errors: readonly (string | undefined)[]
  readonly onSteps: (steps: readonly FormStep[], change: Change) => void
}

/** Operations that do not produce an image. */
const excludedOperations = ['info']

/** The operations, in the order in which they are applied. */
export function StepList({ steps, operations, table, errors, onSteps }: ListProps) {
  const list = useRef<HTMLOListElement>(null)
  const [announcement, setAnnouncement] = useState('')
  const reorder = useReorder(list, (from, to, dragged) => {
    onSteps(move(steps, from, to), dragged ? 'typed' : 'done')
    setAnnouncement(`${labelOf(steps[from]?.op ?? '')} is now ${to + 1} of ${steps.length}`)
  })
  const labelOf = (op: string) => operations.find(({ name }) => name === op)?.label ?? op
  const replace = (at: number, step: FormStep) => onSteps(steps.with(at, step), 'typed')
  return (
    <>
      <ol class="steps" ref={list} aria-label="Operations, from first to last">
        {steps.map((step, at) => (
          <StepCard
            key={step.id}
            step={step}
            place={at}
            count={steps.length}
            operation={operations.find(({ name }) => name === step.op)}
            error={errors[at]}
            reorder={reorder}
            onChange={changed => replace(at, changed)}
            onRemove={() => onSteps(steps.toSpliced(at, 1), 'done')}
          />
        ))}
      </ol>
      {steps.length === 0 && <p class="hint">No operations: the image is only converted.</p>}
      <AddStep
        operations={operations}
        onAdd={operation => onSteps([...steps, exampleStep(operation, table)], 'done')}
      />
      <p class="unseen" aria-live="polite">
        {announcement}
      </p>
    </>
  )
}

function AddStep({
  operations,
  onAdd,
}: {
  operations: readonly Operation[]
  onAdd: (operation: Operation) => void
}) {
  const offered = operations.filter(({ name }) => !excludedOperations.includes(name))
  return (
    <SelectField
      label="Add an operation"
      hideLabel
      value=""
      choices={[
        { value: '', label: 'Add an operation …' },
        ...offered.map(({ name, label, summary }) => ({ value: name, label: `${label}: ${summary}` })),
      ]}
      onValue={name => {
        const operation = offered.find(one => one.name === name)
        if (operation) onAdd(operation)
      }}
    />
  )
}
