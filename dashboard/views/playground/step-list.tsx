import './steps.css'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { OperationTable } from '../../../service/url/option.ts'
import type { Operation, Operations } from '../../api-types.ts'
import { mayWritePresets } from '../../session.ts'
import { AddStep } from './add-step.tsx'
import type { Change } from './form-history.ts'
import { StepCard } from './step-card.tsx'
import { exampleStep, type FormStep, move, stepsText } from './steps.ts'
import { useReorder } from './use-reorder.ts'

interface ListProps {
  readonly steps: readonly FormStep[]
  readonly operations: Operations
  readonly table: OperationTable
  readonly errors: readonly (string | undefined)[]
  /** The id of the step that is being placed on the picture. */
  readonly placing: number | undefined
  readonly onPlace: (id: number | undefined) => void
  readonly onSteps: (steps: readonly FormStep[], change: Change) => void
}

/** Up to how many operations are open at first. Longer lists begin with one line for each. */
const maxOpen = 2

/** The operations, in the order in which they are applied. */
export function StepList(props: ListProps) {
  const { steps, operations, table, errors, placing, onPlace, onSteps } = props
  const list = useRef<HTMLOListElement>(null)
  const [announcement, setAnnouncement] = useState('')
  const { open, toggle, openOnly } = useOpen(steps)
  const added = useRef<number | undefined>(undefined)
  const operationOf = ({ op }: FormStep) => operations.items.find(({ name }) => name === op)
  const reorder = useReorder(list, (from, to, dragged) => {
    onSteps(move(steps, from, to), dragged ? { gesture: 0 } : 'done')
    const moved = steps[from]
    if (moved) setAnnouncement(`${operationOf(moved)?.label ?? moved.op} is now ${to + 1} of ${steps.length}`)
  })
  const add = (operation: Operation) => {
    const step = exampleStep(operation, table)
    added.current = step.id
    // the others close, so that the form stays short
    openOnly(step.id)
    onSteps([...steps, step], 'done')
  }
  return (
    <>
      <ol class="steps" ref={list} aria-label="Operations, from first to last">
        {steps.map((step, at) => (
          <StepCard
            key={step.id}
            step={step}
            place={at}
            count={steps.length}
            operation={operationOf(step)}
            text={stepsText([step], table)}
            error={errors[at]}
            reorder={reorder}
            open={open.has(step.id)}
            added={added.current === step.id}
            placing={placing === step.id}
            onPlace={on => onPlace(on ? step.id : undefined)}
            onOpen={shown => toggle(step.id, shown)}
            onChange={changed => onSteps(steps.with(at, changed), 'typed')}
            onRemove={() => onSteps(steps.toSpliced(at, 1), 'done')}
          />
        ))}
      </ol>
      {steps.length === 0 && <p class="hint">No operations: the image is only converted.</p>}
      <AddStep operations={operations.items.filter(isOffered)} groups={operations.groups} onAdd={add} />
      <p class="unseen" aria-live="polite">
        {announcement}
      </p>
    </>
  )
}

/** The image URLs of a user with presets only may use nothing else. */
const isOffered = ({ name }: Operation) => mayWritePresets() || name === 'preset'

/** The ids of the open steps. Other operations altogether, as from an explained URL, begin as the first ones did. */
function useOpen(steps: readonly FormStep[]) {
  const [open, setOpen] = useState(() => initiallyOpen(steps))
  const before = useRef(steps)
  useLayoutEffect(() => {
    const known = new Set([...before.current.map(({ id }) => id), ...open])
    if (steps.length > 0 && !steps.some(({ id }) => known.has(id))) setOpen(initiallyOpen(steps))
    before.current = steps
  }, [steps])
  const toggle = (id: number, shown: boolean) => {
    const others = [...open].filter(other => other !== id)
    setOpen(new Set(shown ? [...others, id] : others))
  }
  return { open, toggle, openOnly: (id: number) => setOpen(new Set([id])) }
}

const initiallyOpen = (steps: readonly FormStep[]) =>
  new Set(steps.length <= maxOpen ? steps.map(({ id }) => id) : [])
