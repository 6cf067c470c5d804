import './toast.css'
import { signal } from '@preact/signals'
import { wordsFor } from '../calls.ts'
import { Button } from './button.tsx'

interface Toast {
  readonly id: number
  readonly text: string
  readonly bad: boolean
}

/** How long a word of success stays, in milliseconds; a failure stays until it is put away. */
const shownMs = 4_000
/** More at once would only push each other out of sight. */
const most = 4

const toasts = signal<readonly Toast[]>([])
let last = 0

const drop = (id: number) => {
  toasts.value = toasts.value.filter(toast => toast.id !== id)
}

function add(text: string, bad: boolean): number {
  const id = ++last
  toasts.value = [...toasts.value, { id, text, bad }].slice(-most)
  return id
}

/** Says that something was done. */
export function tell(text: string): void {
  const id = add(text, false)
  setTimeout(() => drop(id), shownMs)
}

/** Says what went wrong. */
export function tellFailure(error: unknown): void {
  add(wordsFor(error), true)
}

/** Where they appear; readers of the screen hear them. */
export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(({ id, text, bad }) => (
        <div key={id} class={`toast ${bad ? 'bad' : ''}`}>
          <span>{text}</span>
          <Button kind="quiet" size="small" icon="close" label="Put away" onClick={() => drop(id)} />
        </div>
      ))}
    </div>
  )
}
