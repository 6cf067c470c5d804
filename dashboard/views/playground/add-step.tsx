import { useRef, useState } from 'preact/hooks'
import type { Operation } from '../../api-types.ts'
import { Button } from '../../components/button.tsx'
import { SearchList } from '../../components/search-list.tsx'

interface AddProps {
  readonly operations: readonly Operation[]
  /** The groups of operations, in order. */
  readonly groups: readonly string[]
  readonly onAdd: (operation: Operation) => void
}

/** Operations that do not produce an image. */
const excludedOperations = ['info']

/** A button that opens a searchable list of the operations, by group. */
export function AddStep({ operations, groups, onAdd }: AddProps) {
  const [open, setOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const offered = groups.flatMap(group =>
    operations.filter(one => one.group === group && !excludedOperations.includes(one.name)),
  )
  return (
    <div class="add-step">
      <Button
        icon="plus"
        buttonRef={button}
        aria-haspopup="listbox"
        aria-expanded={open}
        // without it, the list would close by the lost focus and open again by the click
        onMouseDown={event => open && event.preventDefault()}
        onClick={() => setOpen(!open)}
      >
        Add operation
      </Button>
      {open && (
        <SearchList
          label="Search operations"
          empty="No operation has this name."
          items={offered.map(({ name, label, group, summary }) => ({
            value: name,
            label,
            token: name,
            detail: summary,
            group,
          }))}
          onPick={name => {
            setOpen(false)
            const operation = offered.find(one => one.name === name)
            if (operation) onAdd(operation)
          }}
          onClose={by => {
            setOpen(false)
            if (by === 'escape') button.current?.focus()
          }}
        />
      )}
    </div>
  )
}
