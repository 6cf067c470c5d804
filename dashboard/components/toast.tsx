import './toast.css'
import { signal } from '@preact/signals'
import { wordsFor } from '../calls.ts'
import { Button } from './button.tsx'

interface Toast {
  readonly id: number
  readonly text: string
  readonly bad: boolean
  readonly action?: ToastAction | undefined
}

/** What can be done about it right there, such as to take it back. */
interface ToastAction {
  readonly label: string
  readonly onChoose: () => void
}

/** How long a word of success stays, in milliseconds; a failure stays until it is put away. */
const shownMs = 4_000
/** And one with something to do: somebody has to read it, and to decide. */
const decidedMs = 30_000
/** More at once would only push each other out of sight. */
const most = 4

const toasts = signal<readonly Toast[]>([])
let last = 0

const drop = (id: number) => {
  toasts.value = toasts.value.filter(toast => toast.id !== id)
}

function add(text: string, bad: boolean, action?: ToastAction): number {
  const id = ++last
  toasts.value = [...toasts.value, { id, text, bad, action }].slice(-most)
  return id
}

/** Says that something was done. */
export function tell(text: string, action?: ToastAction): void {
  const id = add(text, false, action)
  setTimeout(() => drop(id), action ? decidedMs : shownMs)
}

/** Says what went wrong. */
export function tellFailure(error: unknown): void {
  add(wordsFor(error), true)
}

/** Where they appear; readers of the screen hear them. */
export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(({ id, text, bad, action }) => (
        <div key={id} class={`toast ${bad ? 'bad' : ''}`}>
          <span>{text}</span>
          {action && (
            <Button
              size="small"
              onClick={() => {
                drop(id)
                action.onChoose()
              }}
            >
              {action.label}
            </Button>
          )}
          <Button kind="quiet" size="small" icon="close" label="Dismiss" onClick={() => drop(id)} />
        </div>
      ))}
    </div>
  )
}
