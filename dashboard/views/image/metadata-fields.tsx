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
      {rows.map(({ id, name, value }) => (
        <div class="metadata-row" key={id}>
          <TextField
            small
            hideLabel
            label="Name"
            placeholder="name"
            maxLength={64}
            value={name}
            onValue={name => set(id, { name })}
          />
          <TextField
            small
            hideLabel
            label={`Value of ${name || 'the new name'}`}
            placeholder="value"
            maxLength={1000}
            value={value}
            onValue={value => set(id, { value })}
          />
          <Button
            kind="quiet"
            size="small"
            icon="close"
            label={`Remove ${name || 'the new name'}`}
            onClick={() => remove(id)}
          />
        </div>
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
