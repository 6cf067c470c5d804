import './palette.css'
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { Icon } from '../../components/icon.tsx'
import { countText } from '../../format.ts'
import { actionCommands, type Command, matching, viewCommands } from './commands.ts'
import { useImageSearch } from './use-image-search.ts'

/** The maximum length of a search text. */
const maxLength = 200
const listId = 'palette-list'
const optionId = ({ id }: Command) => `palette-${id}`

/** Finds views, actions and images by a few letters. Arrow keys choose, Enter runs, Escape closes. */
export function Palette({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const groups = useGroups(text.trim())
  const all = groups.flatMap(({ commands }) => commands)
  const chosen = all[Math.min(at, all.length - 1)]
  useLayoutEffect(() => {
    dialog.current?.showModal()
    return () => dialog.current?.close()
  }, [])
  const run = (command: Command) => {
    onClose()
    command.run()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    // these keys belong to the input method, which composes a character
    if (event.isComposing) return
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined && all.length > 0)
      setAt((Math.min(at, all.length - 1) + step + all.length) % all.length)
    else if (event.key === 'Enter' && chosen) run(chosen)
    else if (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey)) onClose()
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click beside the palette closes it, as Escape does
    <dialog
      ref={dialog}
      class="palette"
      aria-label="Search and commands"
      onClose={onClose}
      onClick={event => event.target === dialog.current && onClose()}
    >
      <Field
        text={text}
        chosen={chosen}
        onText={next => {
          setText(next)
          setAt(0)
        }}
        onKeyDown={onKeyDown}
      />
      <Results groups={groups} chosen={chosen} onRun={run} />
      <p class="unseen" role="status">
        {all.length === 0 ? 'No results' : countText(all.length, 'result')}
      </p>
    </dialog>
  )
}

interface FieldProps {
  readonly text: string
  readonly chosen: Command | undefined
  readonly onText: (text: string) => void
  readonly onKeyDown: (event: KeyboardEvent) => void
}

/** The combobox. It keeps the focus; the chosen option is its active descendant. */
function Field({ text, chosen, onText, onKeyDown }: FieldProps) {
  return (
    <div class="palette-field">
      <Icon name="search" size={20} />
      <input
        type="text"
        role="combobox"
        aria-label="Search views, images and actions"
        aria-expanded="true"
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={chosen && optionId(chosen)}
        placeholder="Search views, images and actions"
        autocomplete="off"
        spellcheck={false}
        maxLength={maxLength}
        value={text}
        onInput={event => onText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
    </div>
  )
}

interface Group {
  readonly title: string
  readonly commands: readonly Command[]
  /** Shown instead of commands. */
  readonly note?: string
}

function useGroups(text: string): Group[] {
  const views = useMemo(viewCommands, [])
  const actions = useMemo(actionCommands, [])
  const images = useImageSearch(text)
  const searching = text !== '' && images.text !== text
  const groups: Group[] = [
    { title: 'Go to', commands: matching(views, text) },
    { title: 'Actions', commands: matching(actions, text) },
    {
      title: 'Images',
      commands: images.found,
      ...(images.failed && { note: 'Images could not be searched' }),
      ...(searching && images.found.length === 0 && { note: 'Searching …' }),
    },
  ]
  return groups.filter(({ commands, note }) => commands.length > 0 || note)
}

interface ResultsProps {
  readonly groups: readonly Group[]
  readonly chosen: Command | undefined
  readonly onRun: (command: Command) => void
}

function Results({ groups, chosen, onRun }: ResultsProps) {
  return (
    <div class="palette-list" role="listbox" id={listId} aria-label="Results" tabIndex={-1}>
      {groups.map(({ title, commands, note }) => (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset is not allowed in a listbox
        <div key={title} role="group" aria-label={title}>
          <p class="palette-title" aria-hidden="true">
            {title}
          </p>
          {note && (
            <p class="palette-note" aria-hidden="true">
              {note}
            </p>
          )}
          {commands.map(command => (
            <Option key={command.id} command={command} isChosen={command === chosen} onRun={onRun} />
          ))}
        </div>
      ))}
      {groups.length === 0 && (
        <p class="palette-note" aria-hidden="true">
          Nothing found
        </p>
      )}
    </div>
  )
}

interface OptionProps {
  readonly command: Command
  readonly isChosen: boolean
  readonly onRun: (command: Command) => void
}

function Option({ command, isChosen, onRun }: OptionProps) {
  const element = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (isChosen) element.current?.scrollIntoView({ block: 'nearest' })
  }, [isChosen])
  const { label, icon, thumbnail } = command
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox handles the keys
    // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the combobox
    <div
      ref={element}
      class="palette-option"
      role="option"
      id={optionId(command)}
      aria-selected={isChosen}
      onClick={() => onRun(command)}
    >
      {thumbnail ? <img src={thumbnail} alt="" loading="lazy" /> : <Icon name={icon} size={18} />}
      <span>{label}</span>
    </div>
  )
}
