import type { ColorSpec } from '../../../../service/url/option.ts'
import type { ControlProps } from './option-field.tsx'
import { SuggestedTextField } from './text-control.tsx'

/** A colour, picked or typed. */
export function ColorControl(props: ControlProps<ColorSpec>) {
  const { spec, value, onValue } = props
  const { label, default: fallback } = spec
  return (
    <div class="color">
      <input
        type="color"
        aria-label={`${label}, picker`}
        value={hexOf(value || fallback || '000')}
        onInput={event => onValue(event.currentTarget.value.slice(1))}
      />
      <SuggestedTextField {...props} words={['transparent']} placeholder={fallback ?? 'not set'} />
    </div>
  )
}

/** The format of the colour input: six digits, without alpha. */
function hexOf(color: string): string {
  if (/^[0-9a-f]{3}$/i.test(color)) return `#${[...color].map(digit => digit + digit).join('')}`
  return /^[0-9a-f]{6}/i.test(color) ? `#${color.slice(0, 6)}` : '#000000'
}
