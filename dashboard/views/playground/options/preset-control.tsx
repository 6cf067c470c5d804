import { useRef, useState } from 'preact/hooks'
import type { TextSpec } from '../../../../service/url/option.ts'
import { api } from '../../../api.ts'
import type { Preset } from '../../../api-types.ts'
import { Button } from '../../../components/button.tsx'
import { SearchList } from '../../../components/search-list.tsx'
import { useLoaded } from '../../../use-loaded.ts'
import { fieldProps } from './field-props.ts'
import type { ControlProps } from './option-field.tsx'
import { TextControl } from './text-control.tsx'

/** How many pages of presets are loaded at most: more than a user may have. */
const maxPages = 10

/** The name of a preset, chosen from a list. While the list cannot be loaded, it is typed. */
export function PresetControl(props: ControlProps<TextSpec>) {
  const { value, onValue } = props
  const { label, aside, describedBy } = fieldProps(props)
  const [loaded] = useLoaded(loadPresets, [])
  const [open, setOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  if (loaded.state === 'failed') return <TextControl {...props} />
  const presets = loaded.state === 'loaded' ? loaded.value : []
  const known = value === '' || loaded.state !== 'loaded' || presets.some(({ name }) => name === value)
  const close = () => {
    setOpen(false)
    button.current?.focus()
  }
  return (
    <div class="field preset-option">
      <div class="field-head">
        <span class="field-label">{label}</span>
        <code aria-hidden="true">{aside}</code>
      </div>
      <Button
        size="small"
        buttonRef={button}
        label={`${label}: ${value || 'not chosen'}`}
        aria-haspopup="listbox"
        aria-expanded={open}
        aria-describedby={describedBy}
        onMouseDown={event => open && event.preventDefault()}
        onClick={() => setOpen(!open)}
      >
        {value || 'Choose a preset'}
      </Button>
      {!known && <p class="mistake">There is no preset with this name.</p>}
      {open && (
        <SearchList
          label="Search presets"
          empty={presets.length > 0 ? 'No preset has this name.' : 'There are no presets yet.'}
          items={presets.map(({ name, operations }) => ({ value: name, label: name, detail: operations }))}
          onPick={name => {
            close()
            onValue(name)
          }}
          onClose={by => (by === 'escape' ? close() : setOpen(false))}
        />
      )}
    </div>
  )
}

async function loadPresets(signal: AbortSignal): Promise<readonly Preset[]> {
  const all: Preset[] = []
  let cursor: string | undefined
  for (let page = 0; page < maxPages; page++) {
    const { items, nextCursor } = await api.presets(cursor)
    signal.throwIfAborted()
    all.push(...items)
    if (nextCursor === null) break
    cursor = nextCursor
  }
  return all
}
