import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { navigate, path, query } from '../../location.ts'
import { type Form, readForm, writeForm } from './address.ts'
import { beginHistory, type Change, type FormHistory, formAt, record, redo, undo } from './form-history.ts'

export interface EditedForm {
  readonly form: Form
  /** Only `done` adds an entry to the browser's history, to which Back returns. */
  readonly update: (form: Form, change: Change) => void
  /** Undefined when there is nothing to undo. */
  readonly undo: (() => void) | undefined
  /** Undefined when there is nothing to redo. */
  readonly redo: (() => void) | undefined
}

/** The form, synchronised with the URL in both directions, and its changes to undo. */
export function useForm(): EditedForm {
  const [history, setHistory] = useState(() => beginHistory(readForm(query.value)))
  const latest = useRef(history)
  const written = useRef(writeForm(history.form))
  const urlQuery = query.value.toString()
  const show = (next: FormHistory) => {
    latest.current = next
    setHistory(next)
  }
  const write = (next: FormHistory, replace: boolean | 'soon') => {
    show(next)
    written.current = writeForm(next.form)
    navigate(`${path.value}?${written.current}`, { replace })
  }
  // before the next input event: an effect after the paint would take an earlier query of the form for one of the browser
  useLayoutEffect(() => {
    if (urlQuery === written.current) return
    const read = readForm(new URLSearchParams(urlQuery))
    const text = writeForm(read)
    // links may spell the same form differently
    if (urlQuery !== '' && text === written.current) return
    written.current = urlQuery === '' ? urlQuery : text
    show(record(latest.current, formAt(latest.current, text) ?? read, 'done', Date.now()))
  }, [urlQuery])
  const step = (to: typeof undo) => {
    const next = to(latest.current)
    if (next) write(next, true)
  }
  return {
    form: history.form,
    update: (form, change) =>
      write(record(latest.current, form, change, Date.now()), change !== 'done' && 'soon'),
    undo: history.past.length > 0 ? () => step(undo) : undefined,
    redo: history.future.length > 0 ? () => step(redo) : undefined,
  }
}

/** Undoes with Ctrl+Z and redoes with Ctrl+Shift+Z or Ctrl+Y, on a Mac with Command. */
export function useUndoKeys({ undo, redo }: Pick<EditedForm, 'undo' | 'redo'>): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const action = actionOf(event)
      if (action === undefined || event.defaultPrevented || hasOwnUndo(event.target)) return
      event.preventDefault()
      if (action === 'undo') undo?.()
      else redo?.()
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [undo, redo])
}

function actionOf(event: KeyboardEvent): 'undo' | 'redo' | undefined {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return undefined
  const key = event.key.toLowerCase()
  if (key === 'y' && !event.shiftKey) return 'redo'
  return key === 'z' ? (event.shiftKey ? 'redo' : 'undo') : undefined
}

/** Whether the browser undoes what was typed in the element, or a dialog is open. */
function hasOwnUndo(target: EventTarget | null): boolean {
  if (document.querySelector('dialog[open]')) return true
  return (
    target instanceof HTMLTextAreaElement ||
    (target instanceof HTMLInputElement && !['range', 'color', 'checkbox', 'radio'].includes(target.type))
  )
}
