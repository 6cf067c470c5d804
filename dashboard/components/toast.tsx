import './toast.css'
import { signal } from '@preact/signals'
import { errorMessage } from '../calls.ts'
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
const shownWithActionMs = 30_000
/** More at once would only push each other out of sight. */
const maxToasts = 4

const toasts = signal<readonly Toast[]>([])
let last = 0

const dismiss = (id: number) => {
  toasts.value = toasts.value.filter(toast => toast.id !== id)
}

function add(text: string, bad: boolean, action?: ToastAction): number {
  const id = ++last
  toasts.value = [...toasts.value, { id, text, bad, action }].slice(-maxToasts)
  return id
}

/** Says that something was done. */
export function showToast(text: string, action?: ToastAction): void {
  const id = add(text, false, action)
  setTimeout(() => dismiss(id), action ? shownWithActionMs : shownMs)
}

/** Says what went wrong. */
export function showError(error: unknown): void {
  add(errorMessage(error), true)
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
                dismiss(id)
                action.onChoose()
              }}
            >
              {action.label}
            </Button>
          )}
          <Button kind="quiet" size="small" icon="close" label="Dismiss" onClick={() => dismiss(id)} />
        </div>
      ))}
    </div>
  )
}
