import './search-list.css'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import { Icon } from './icon.tsx'

/** An entry to choose. */
export interface SearchItem {
  readonly value: string
  readonly label: string
  /** Its name in code, if that differs from the label. */
  readonly token?: string
  /** A longer text in one line, which is searched, too. */
  readonly detail?: string
  readonly group?: string
}

interface SearchListProps {
  /** The accessible name of the input and the list. */
  readonly label: string
  readonly items: readonly SearchItem[]
  readonly empty: string
  readonly onPick: (value: string) => void
  /** Called by Escape, by Tab and when the focus goes elsewhere. */
  readonly onClose: (by: 'escape' | 'leave') => void
}

/**
 * A searchable list in a panel: a combobox whose list is always open. Typing filters it, the arrow keys choose, Enter
 * picks, Escape closes.
 */
export function SearchList({ label, items, empty, onPick, onClose }: SearchListProps) {
  const id = useId()
  const panel = useRef<HTMLDivElement>(null)
  const [text, setText] = useState('')
  const [active, setActive] = useState(0)
  const found = search(items, text)
  const picked = found[Math.min(active, found.length - 1)]
  useEffect(() => {
    panel.current?.querySelector('input')?.focus()
    panel.current?.scrollIntoView({ block: 'nearest' })
  }, [])
  useEffect(() => {
    panel.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' })
  }, [active])
  const press = (event: KeyboardEvent) => {
    // these keys belong to the input method, which composes a character
    if (event.isComposing) return
    const to = targetOf(event.key, Math.min(active, found.length - 1), found.length)
    if (to !== undefined) setActive(to)
    else if (event.key === 'Enter') picked && onPick(picked.value)
    else if (event.key === 'Escape') onClose('escape')
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  return (
    <div
      class="search-list"
      ref={panel}
      onFocusOut={({ relatedTarget }) => {
        if (!(relatedTarget instanceof Node && panel.current?.contains(relatedTarget))) onClose('leave')
      }}
    >
      <SearchInput
        label={label}
        controls={id}
        picked={picked}
        value={text}
        onText={value => {
          setText(value)
          setActive(0)
        }}
        onKeyDown={press}
      />
      <Results id={id} label={label} items={found} picked={picked} onPick={onPick} />
      {found.length === 0 && <p class="hint">{empty}</p>}
      <p class="unseen" aria-live="polite">
        {text === '' ? '' : `${found.length} found`}
      </p>
    </div>
  )
}

interface InputProps {
  readonly label: string
  /** The id of the list. */
  readonly controls: string
  readonly picked: SearchItem | undefined
  readonly value: string
  readonly onText: (text: string) => void
  readonly onKeyDown: (event: KeyboardEvent) => void
}

function SearchInput({ label, controls, picked, value, onText, onKeyDown }: InputProps) {
  return (
    <div class="with-icon">
      <Icon name="search" size={18} />
      <input
        class="input"
        role="combobox"
        aria-label={label}
        aria-expanded="true"
        aria-controls={controls}
        aria-autocomplete="list"
        aria-activedescendant={picked ? `${controls}-${picked.value}` : undefined}
        autocomplete="off"
        spellcheck={false}
        placeholder={label}
        value={value}
        onInput={event => onText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
    </div>
  )
}

/** The index that a key chooses, wrapping around at both ends. Undefined for other keys. */
function targetOf(key: string, now: number, count: number): number | undefined {
  if (count === 0) return undefined
  if (key === 'ArrowDown') return (now + 1) % count
  if (key === 'ArrowUp') return (now + count - 1) % count
  return undefined
}

interface ResultsProps {
  readonly id: string
  readonly label: string
  readonly items: readonly SearchItem[]
  readonly picked: SearchItem | undefined
  readonly onPick: (value: string) => void
}

/** The entries, under the headings of their groups if they have one. */
function Results({ id, label, items, picked, onPick }: ResultsProps) {
  const groups = [...new Set(items.map(({ group }) => group))]
  const entry = ({ value, label: name, token, detail }: SearchItem) => (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are handled by the input, which keeps the focus
    <div
      key={value}
      id={`${id}-${value}`}
      class="search-item"
      role="option"
      tabIndex={-1}
      aria-selected={value === picked?.value}
      // the focus stays in the input
      onMouseDown={event => event.preventDefault()}
      onClick={() => onPick(value)}
    >
      <span class="search-name">{name}</span>
      {token && <code>{token}</code>}
      {detail && <span class="search-detail">{detail}</span>}
    </div>
  )
  return (
    <div class="search-results" id={id} role="listbox" aria-label={label} tabIndex={-1}>
      {groups.map((group, index) =>
        group === undefined ? (
          items.filter(item => item.group === undefined).map(entry)
        ) : (
          // biome-ignore lint/a11y/useSemanticElements: a list box may contain no fieldset
          <div key={group} role="group" aria-labelledby={`${id}-group-${index}`}>
            <p class="search-group" id={`${id}-group-${index}`}>
              {group}
            </p>
            {items.filter(item => item.group === group).map(entry)}
          </div>
        ),
      )}
    </div>
  )
}

/**
 * The items whose name contains every word of a text, or whose other texts have a word that begins with it. While a user searches, the groups go, and the best matches come first:
 * those whose name begins with the text, then those whose name contains it.
 */
function search(items: readonly SearchItem[], text: string): readonly SearchItem[] {
  const wanted = text.trim().toLowerCase()
  if (wanted === '') return items
  const words = wanted.split(/\s+/)
  const nameOf = ({ label, value }: SearchItem) => [label.toLowerCase(), value.toLowerCase()]
  const rank = (item: SearchItem) => {
    const names = nameOf(item)
    if (names.some(name => name.startsWith(wanted))) return 0
    return names.some(name => name.includes(wanted)) ? 1 : 2
  }
  return items
    .filter(item => {
      const names = nameOf(item)
      const text = `${item.detail ?? ''} ${item.group ?? ''}`.toLowerCase().split(/[^\p{L}\p{N}]+/u)
      const matches = (word: string) =>
        names.some(name => name.includes(word)) || text.some(other => other.startsWith(word))
      return words.every(matches)
    })
    .map(({ group, ...item }) => item)
    .toSorted((one, other) => rank(one) - rank(other))
}
