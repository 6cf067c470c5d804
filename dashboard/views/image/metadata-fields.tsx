import { useLayoutEffect, useRef } from 'preact/hooks'
import { Button } from '../../components/button.tsx'
import { TextField } from '../../components/field.tsx'
import { type MetadataRow, newRow } from './drafts.ts'

interface MetadataProps {
  readonly rows: readonly MetadataRow[]
  readonly onRows: (rows: readonly MetadataRow[]) => void
}

/** The most names that an image can have. */
const maxRows = 32

/** Names and values of the custom metadata. */
export function MetadataFields({ rows, onRows }: MetadataProps) {
  const list = useRef<HTMLFieldSetElement>(null)
  const addButton = useRef<HTMLButtonElement>(null)
  const focusLast = useRef(false)
  useLayoutEffect(() => {
    if (focusLast.current)
      list.current?.querySelector<HTMLElement>('.metadata-row:nth-last-child(2) input')?.focus()
    focusLast.current = false
  }, [rows.length])
  const set = (id: number, changes: Partial<MetadataRow>) =>
    onRows(rows.map(row => (row.id === id ? { ...row, ...changes } : row)))
  const remove = (id: number) => {
    onRows(rows.filter(row => row.id !== id))
    addButton.current?.focus()
  }
  const add = () => {
    focusLast.current = true
    onRows([...rows, newRow()])
  }
  return (
    <fieldset class="metadata" ref={list}>
      <legend class="field-label">Metadata</legend>
      {rows.map(row => (
        <Row
          key={row.id}
          row={row}
          onChange={changes => set(row.id, changes)}
          onRemove={() => remove(row.id)}
        />
      ))}
      {rows.length < maxRows && (
        <div>
          <Button size="small" icon="plus" buttonRef={addButton} onClick={add}>
            Add metadata
          </Button>
        </div>
      )}
    </fieldset>
  )
}

interface RowProps {
  readonly row: MetadataRow
  readonly onChange: (changes: Partial<MetadataRow>) => void
  readonly onRemove: () => void
}

function Row({ row: { name, value }, onChange, onRemove }: RowProps) {
  const subject = name || 'the new name'
  return (
    <div class="metadata-row">
      <TextField
        small
        hideLabel
        label="Name"
        placeholder="name"
        maxLength={64}
        value={name}
        onValue={name => onChange({ name })}
      />
      <TextField
        small
        hideLabel
        label={`Value of ${subject}`}
        placeholder="value"
        maxLength={1000}
        value={value}
        onValue={value => onChange({ value })}
      />
      <Button kind="quiet" size="small" icon="close" label={`Remove ${subject}`} onClick={onRemove} />
    </div>
  )
}
