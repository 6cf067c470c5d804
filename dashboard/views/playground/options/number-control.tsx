import type { NumberSpec } from '../../../../service/url/option.ts'
import { Slider } from '../../../components/slider.tsx'
import type { ControlProps } from './option-field.tsx'
import { SuggestedTextField } from './text-control.tsx'

/** The widest range that gets a slider. In a wider range, the pointer could not select every number. */
const widestSlider = 1_000

/** A number, or one of the words that the option accepts. */
export function NumberControl(props: ControlProps<NumberSpec>) {
  const { spec, value, onValue } = props
  const { min, max, integer, words = [], default: fallback } = spec
  const shown = Number(value === '' ? (fallback ?? min) : value)
  return (
    <div class="number">
      <SuggestedTextField {...props} words={words} placeholder={String(fallback ?? 'not set')} />
      {max - min <= widestSlider && (
        <Slider
          label={`${spec.label}, slider`}
          min={min}
          max={max}
          step={integer ? 1 : stepOf(max - min)}
          value={Number.isFinite(shown) ? shown : min}
          onValue={number => onValue(String(number))}
        />
      )}
    </div>
  )
}

/** The slider's step: the largest power of ten that divides the range into at least a hundred positions. */
const stepOf = (range: number) => 10 ** Math.floor(Math.log10(range / 100) + 1e-9)
