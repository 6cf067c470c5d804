import { type Form, writeForm } from './address.ts'

/**
 * What changed the form: typing, one complete action, or a gesture. The changes of one drag have the number of the drag,
 * those of the arrow keys 0.
 */
export type Change = 'typed' | 'done' | { readonly gesture: number }

/** The form with the forms before it and those that were undone. */
export interface FormHistory {
  readonly form: Form
  /** Oldest first. */
  readonly past: readonly Form[]
  /** The form that was undone last comes first. */
  readonly future: readonly Form[]
  /** The field that the last change typed in, and when; an empty string for other changes. */
  readonly field: string
  readonly at: number
}

/** How many changes can be undone. */
const maxPast = 100
/** Changes of one field within this time are undone together, in milliseconds. */
const burstMs = 1_500

export function beginHistory(form: Form): FormHistory {
  return { form, past: [], future: [], field: '', at: 0 }
}

/** Adds a change. What a user types in one field without a pause counts as one change, and so does one drag. */
export function record(now: FormHistory, form: Form, change: Change, at: number): FormHistory {
  const field = fieldOf(now.form, form, change)
  const isDrag = typeof change === 'object' && change.gesture > 0
  const continues = field !== '' && field === now.field && (isDrag || at - now.at < burstMs)
  const past = continues ? now.past : [...now.past, now.form].slice(-maxPast)
  return { form, past, future: [], field, at }
}

/** Undefined when there is nothing to undo. */
export function undo({ form, past, future }: FormHistory): FormHistory | undefined {
  const last = past.at(-1)
  return last && { ...beginHistory(last), past: past.slice(0, -1), future: [form, ...future] }
}

/** Undefined when there is nothing to redo. */
export function redo({ form, past, future }: FormHistory): FormHistory | undefined {
  const [next, ...rest] = future
  return next && { ...beginHistory(next), past: [...past, form], future: rest }
}

/** The form with this address among those to which undo or redo return; it has the same steps as before. */
export function formAt({ past, future }: FormHistory, address: string): Form | undefined {
  return [...past.toReversed(), ...future].find(form => writeForm(form) === address)
}

function fieldOf(before: Form, after: Form, change: Change): string {
  if (change === 'done') return ''
  return change === 'typed' ? changedField(before, after) : `gesture ${change.gesture}`
}

/** The step whose options differ, with their names; `order` when the steps themselves differ. */
function changedField(before: Form, after: Form): string {
  if (before.steps.length !== after.steps.length) return 'order'
  for (const [at, step] of after.steps.entries()) {
    const old = before.steps[at]
    if (old?.id !== step.id) return 'order'
    const names = new Set([...Object.keys(old.values), ...Object.keys(step.values)])
    const changed = [...names].filter(name => (old.values[name] ?? '') !== (step.values[name] ?? ''))
    if (changed.length > 0) return `${step.id} ${changed.join(' ')}`
  }
  return 'output'
}
