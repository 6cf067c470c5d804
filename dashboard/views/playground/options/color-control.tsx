import type { ColorSpec } from '../../../../service/url/option.ts'
import { Button } from '../../../components/button.tsx'
import type { ControlProps } from './option-field.tsx'
import { SuggestedTextField } from './text-control.tsx'

/** A colour, picked or typed. Without a value, the swatch is crossed out and the field names the default. */
export function ColorControl(props: ControlProps<ColorSpec>) {
  const { spec, value, onValue } = props
  const { label, default: fallback } = spec
  return (
    <div class="color">
      <span
        class={`swatch ${value === '' ? 'unset' : ''}`}
        style={{ '--color': cssColorOf(value) ?? 'transparent' }}
      >
        <input
          type="color"
          aria-label={`${label}, picker${value === '' ? ', not set' : ''}`}
          value={hexOf(value || fallback || '000')}
          onInput={event => onValue(event.currentTarget.value.slice(1))}
        />
      </span>
      <SuggestedTextField
        {...props}
        words={['transparent']}
        placeholder={fallback === undefined ? 'not set' : `not set: ${fallback}`}
      />
      {value !== '' && (
        <Button
          kind="quiet"
          size="small"
          icon="close"
          label={`Clear ${label}`}
          onClick={event => {
            // the button goes with the value
            event.currentTarget.closest('.color')?.querySelector<HTMLElement>('.input')?.focus()
            onValue('')
          }}
        />
      )}
    </div>
  )
}

const hexColor = /^(?:[0-9a-f]{3}|[0-9a-f]{6}|[0-9a-f]{8})$/i

/** The colour in CSS; undefined when it is not a colour. */
function cssColorOf(color: string): string | undefined {
  return hexColor.test(color) ? `#${color}` : undefined
}

/** The format of the colour input: six digits, without alpha. */
function hexOf(color: string): string {
  if (/^[0-9a-f]{3}$/i.test(color)) return `#${[...color].map(digit => digit + digit).join('')}`
  return /^[0-9a-f]{6}/i.test(color) ? `#${color.slice(0, 6)}` : '#000000'
}
