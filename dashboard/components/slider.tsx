import './slider.css'

interface SliderProps {
  readonly label: string
  readonly min: number
  readonly max: number
  readonly step: number
  readonly value: number
  readonly onValue: (value: number) => void
}

/** A slider over a range of numbers. */
export function Slider({ label, min, max, step, value, onValue }: SliderProps) {
  const filled = Math.min(1, Math.max(0, (value - min) / (max - min)))
  return (
    <input
      type="range"
      class="slider"
      aria-label={label}
      min={min}
      max={max}
      step={step}
      value={value}
      style={{ '--filled': filled }}
      onInput={event => onValue(event.currentTarget.valueAsNumber)}
    />
  )
}
