import './radios.css'
import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'

interface RadiosProps<Value extends string> {
  readonly label: string
  readonly choices: readonly {
    readonly value: Value
    readonly label: string
    readonly hint: ComponentChildren
  }[]
  readonly value: Value
  readonly onValue: (value: Value) => void
}

/** A choice of one, where each choice needs a sentence of explanation. */
export function Radios<Value extends string>({ label, choices, value: chosen, onValue }: RadiosProps<Value>) {
  const name = useId()
  return (
    <fieldset class="radios">
      <legend class="field-label">{label}</legend>
      {choices.map(({ value, label: text, hint }) => (
        <label key={value} class="radio">
          <input
            type="radio"
            name={name}
            value={value}
            checked={value === chosen}
            onChange={() => onValue(value)}
          />
          <span>
            <strong>{text}</strong>
            <span class="hint">{hint}</span>
          </span>
        </label>
      ))}
    </fieldset>
  )
}
