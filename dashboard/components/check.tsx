import './check.css'
import type { ComponentChildren } from 'preact'

interface CheckProps {
  readonly checked: boolean
  readonly onCheck: (checked: boolean) => void
  readonly disabled?: boolean
  /** The label's text. */
  readonly children: ComponentChildren
}

/** A labelled checkbox. */
export function Check({ checked, onCheck, disabled = false, children }: CheckProps) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={checked}
        disabled={disabled}
        onChange={event => onCheck(event.currentTarget.checked)}
      />
      {children}
    </label>
  )
}

interface ChecksProps {
  readonly label: string
  readonly hideLabel?: boolean
  /** One checkbox per row, for long labels. */
  readonly rows?: boolean
  readonly choices: readonly { readonly value: string; readonly label: ComponentChildren }[]
  readonly chosen: readonly string[]
  readonly onChoose: (chosen: readonly string[]) => void
}

/** A group of checkboxes. */
export function Checks({ label, hideLabel = false, rows = false, choices, chosen, onChoose }: ChecksProps) {
  return (
    <fieldset class={`checks ${rows ? 'rows' : ''}`}>
      <legend class={hideLabel ? 'unseen' : 'field-label'}>{label}</legend>
      {choices.map(({ value, label: text }) => (
        <Check
          key={value}
          checked={chosen.includes(value)}
          onCheck={on => onChoose(on ? [...chosen, value] : chosen.filter(other => other !== value))}
        >
          {text}
        </Check>
      ))}
    </fieldset>
  )
}
