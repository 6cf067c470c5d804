import './field.css'
import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import { Icon, type IconName } from './icon.tsx'

interface FieldProps {
  readonly label: string
  /** Hides the label visually. Screen readers still read it. */
  readonly hideLabel?: boolean
  readonly hint?: ComponentChildren
  /** The validation error, shown below the control. */
  readonly error?: string | undefined
  readonly small?: boolean
  /** A text beside the label that is not part of it, such as the option's name in a URL. */
  readonly aside?: string
  /** The id of a further description, elsewhere on the page. */
  readonly describedBy?: string | undefined
}

/** The props of every control. */
interface ControlProps extends FieldProps {
  readonly value: string
  readonly onValue: (value: string) => void
  readonly name?: string
  readonly required?: boolean
  readonly autofocus?: boolean
  readonly disabled?: boolean
}

/** The ARIA attributes that link a control to its hint and its error. */
function relations(
  id: string,
  { hint, error, describedBy }: Pick<FieldProps, 'hint' | 'error' | 'describedBy'>,
) {
  const described = [hint ? `${id}-hint` : '', error ? `${id}-mistake` : '', describedBy]
    .filter(Boolean)
    .join(' ')
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
  aside,
  children,
}: Omit<FieldProps, 'describedBy'> & { id: string; children: ComponentChildren }) {
  const name = (
    <label for={id} class={hideLabel ? 'unseen' : 'field-label'}>
      {label}
    </label>
  )
  return (
    <div class="field">
      {aside ? (
        <div class="field-head">
          {name}
          <code aria-hidden="true">{aside}</code>
        </div>
      ) : (
        name
      )}
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

/** The error of a form as a whole; renders nothing without one. */
export function FormError({ error }: { error: string }) {
  if (error === '') return null
  return (
    <p class="mistake" role="alert">
      {error}
    </p>
  )
}

interface TextProps extends ControlProps {
  readonly type?: 'text' | 'search' | 'email' | 'password' | 'url' | 'date'
  readonly icon?: IconName
  readonly placeholder?: string
  readonly autocomplete?: 'username' | 'current-password' | 'new-password' | 'off'
  readonly inputmode?: 'text' | 'decimal' | 'numeric'
  readonly maxLength?: number
  /** The id of a `datalist`. */
  readonly list?: string | undefined
}

/** A single-line input for text, numbers or passwords. */
export function TextField({
  label,
  hideLabel = false,
  hint,
  error,
  small,
  aside = '',
  describedBy,
  icon,
  type = 'text',
  onValue,
  ...rest
}: TextProps) {
  const id = useId()
  // untyped: the types of an input's attributes depend on each other, which a variable `type` cannot express
  const attributes: object = { ...rest, ...relations(id, { hint, error, describedBy }), type }
  const input = (
    <input
      {...attributes}
      class={`input ${small ? 'small' : ''}`}
      onInput={event => onValue(event.currentTarget.value)}
    />
  )
  return (
    <Frame id={id} label={label} hideLabel={hideLabel} hint={hint} error={error} aside={aside}>
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

/** A multi-line text input. */
export function TextArea({
  label,
  hideLabel = false,
  hint,
  error,
  small,
  aside = '',
  describedBy,
  onValue,
  ...rest
}: ControlProps & { readonly rows?: number; readonly maxLength?: number }) {
  const id = useId()
  return (
    <Frame id={id} label={label} hideLabel={hideLabel} hint={hint} error={error} aside={aside}>
      <textarea
        {...rest}
        {...relations(id, { hint, error, describedBy })}
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

/** A select with one value. */
export function SelectField({
  label,
  hideLabel = false,
  hint,
  error,
  small,
  aside = '',
  describedBy,
  choices,
  onValue,
  ...rest
}: ControlProps & { readonly choices: readonly Choice[] }) {
  const id = useId()
  return (
    <Frame id={id} label={label} hideLabel={hideLabel} hint={hint} error={error} aside={aside}>
      <select
        {...rest}
        {...relations(id, { hint, error, describedBy })}
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
