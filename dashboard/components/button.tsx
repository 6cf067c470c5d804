import './button.css'
import type { ButtonHTMLAttributes, ComponentChildren, Ref } from 'preact'
import { Icon, type IconName } from './icon.tsx'

type Native = Omit<
  ButtonHTMLAttributes<HTMLButtonElement>,
  'icon' | 'size' | 'ref' | 'class' | 'className' | 'aria-label'
>

export interface ButtonProps extends Native {
  readonly kind?: 'plain' | 'primary' | 'quiet' | 'danger'
  readonly size?: 'normal' | 'small'
  readonly icon?: IconName
  /** The accessible name. Required for a button with only an icon. */
  readonly label?: string
  readonly children?: ComponentChildren
  readonly buttonRef?: Ref<HTMLButtonElement>
}

export function Button({
  kind = 'plain',
  size = 'normal',
  icon,
  label,
  children,
  buttonRef,
  ...rest
}: ButtonProps) {
  const shape = children === undefined ? 'round' : ''
  return (
    <button
      type="button"
      {...rest}
      {...(buttonRef ? { ref: buttonRef } : {})}
      class={`button ${kind} ${size} ${shape}`}
      aria-label={label}
      title={children === undefined ? label : undefined}
    >
      {icon && <Icon name={icon} size={size === 'small' ? 16 : 20} />}
      {children}
    </button>
  )
}
