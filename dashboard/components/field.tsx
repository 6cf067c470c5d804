import './field.css'
import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import { Icon, type IconName } from './icon.tsx'

interface FieldProps {
  readonly label: string
  /** The label is for readers of the screen only: what is seen around says it. */
  readonly hideLabel?: boolean
  readonly hint?: ComponentChildren
  /** What is wrong with the value, in words. */
  readonly error?: string | undefined
  readonly small?: boolean
}

/** What every control is told. */
interface ControlProps extends FieldProps {
  readonly value: string
  readonly onValue: (value: string) => void
  readonly name?: string
  readonly required?: boolean
  readonly autofocus?: boolean
  readonly disabled?: boolean
}

/** What a control says of itself to those who cannot see what stands around it. */
function relations(id: string, hint: ComponentChildren, error: string | undefined) {
  const described = [hint ? `${id}-hint` : '', error ? `${id}-mistake` : ''].filter(Boolean).join(' ')
  return {
    id,
    'aria-invalid': error ? ('true' as const) : undefined,
    'aria-describedby': described || undefined,
  }
}

function Frame({
  id,
  label,
  hideLabel,
  hint,
  error,
  children,
}: FieldProps & { id: string; children: ComponentChildren }) {
  return (
    <div class="field">
      <label for={id} class={hideLabel ? 'unseen' : ''}>
        {label}
      </label>
      {children}
      {error && (
        <p class="mistake" id={`${id}-mistake`}>
          {error}
        </p>
      )}
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  )
}

interface TextProps extends ControlProps {
  readonly type?: 'text' | 'search' | 'email' | 'password' | 'url'
  readonly icon?: IconName
  readonly placeholder?: string
  readonly autocomplete?: 'username' | 'current-password' | 'new-password' | 'off'
  readonly inputmode?: 'text' | 'decimal' | 'numeric'
  readonly maxLength?: number
  /** The id of a `datalist`. */
  readonly list?: string | undefined
}

/** A line of text, a number, a password. */
export function TextField({
  label,
  hideLabel = false,
  hint,
  error,
  small,
  icon,
  type = 'text',
  onValue,
  ...rest
}: TextProps) {
  const id = useId()
  // without their types: the attributes of an input depend on each other in ways that a variable type cannot follow
  const attributes: object = { ...rest, ...relations(id, hint, error), type }
  const input = (
    <input
      {...attributes}
      class={`input ${small ? 'small' : ''}`}
      onInput={event => onValue(event.currentTarget.value)}
    />
  )
  return (
    <Frame id={id} label={label} hideLabel={hideLabel} hint={hint} error={error}>
      {icon ? (
        <div class="with-icon">
          <Icon name={icon} size={18} />
          {input}
        </div>
      ) : (
        input
      )}
    </Frame>
  )
}

/** Several lines of text. */
export function TextArea({
  label,
  hideLabel = false,
  hint,
  error,
  small,
  onValue,
  ...rest
}: ControlProps & { readonly rows?: number; readonly maxLength?: number }) {
  const id = useId()
  return (
    <Frame id={id} label={label} hideLabel={hideLabel} hint={hint} error={error}>
      <textarea
        {...rest}
        {...relations(id, hint, error)}
        class={`input ${small ? 'small' : ''}`}
        onInput={event => onValue(event.currentTarget.value)}
      />
    </Frame>
  )
}

export interface Choice {
  readonly value: string
  readonly label: string
}

/** One of several. */
export function SelectField({
  label,
  hideLabel = false,
  hint,
  error,
  small,
  choices,
  onValue,
  ...rest
}: ControlProps & { readonly choices: readonly Choice[] }) {
  const id = useId()
  return (
    <Frame id={id} label={label} hideLabel={hideLabel} hint={hint} error={error}>
      <select
        {...rest}
        {...relations(id, hint, error)}
        class={`input ${small ? 'small' : ''}`}
        onInput={event => onValue(event.currentTarget.value)}
      >
        {choices.map(choice => (
          <option key={choice.value} value={choice.value}>
            {choice.label}
          </option>
        ))}
      </select>
    </Frame>
  )
}
