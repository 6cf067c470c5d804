import './toast.css'
import { signal } from '@preact/signals'
import { errorMessage } from '../calls.ts'
import { isInterrupted } from '../interruption.ts'
import { Button } from './button.tsx'

interface Toast {
  readonly id: number
  readonly text: string
  readonly isError: boolean
  readonly action?: ToastAction | undefined
}

/** An action offered in the toast, such as Undo. */
interface ToastAction {
  readonly label: string
  readonly onChoose: () => void
}

/** How long a success toast stays, in milliseconds. Error toasts stay until they are dismissed. */
const shownMs = 4_000
/** How long a toast with an action stays, in milliseconds: users need time to read it and decide. */
const shownWithActionMs = 30_000
/** The maximum number of toasts on screen. The oldest are dropped. */
const maxToasts = 4

const toasts = signal<readonly Toast[]>([])
let last = 0

const dismiss = (id: number) => {
  toasts.value = toasts.value.filter(toast => toast.id !== id)
}

function add(text: string, isError: boolean, action?: ToastAction): number {
  const id = ++last
  toasts.value = [...toasts.value, { id, text, isError, action }].slice(-maxToasts)
  return id
}

/** Shows a success message. */
export function showToast(text: string, action?: ToastAction): void {
  const id = add(text, false, action)
  setTimeout(() => dismiss(id), action ? shownWithActionMs : shownMs)
}

/** Shows an error message, unless the application already says why all calls fail. */
export function showError(error: unknown): void {
  if (!isInterrupted(error)) add(errorMessage(error), true)
}

/** The container of all toasts, a live region for screen readers. */
export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(({ id, text, isError, action }) => (
        <div key={id} class={`toast ${isError ? 'bad' : ''}`}>
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
