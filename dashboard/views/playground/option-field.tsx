import { useId, useState } from 'preact/hooks'
import { describeExpected } from '../../../service/url/expectation.ts'
import type { ChoiceSpec, NumberSpec, OptionSpec } from '../../../service/url/option.ts'
import { parseValue, printValue } from '../../../service/url/values.ts'
import { Button } from '../../components/button.tsx'
import { type Choice, SelectField, TextArea, TextField } from '../../components/field.tsx'
import { Slider } from '../../components/slider.tsx'
import { ImagePicker } from '../image-picker.tsx'

interface OptionProps {
  readonly spec: OptionSpec & { readonly name: string }
  /** The accessible name, which includes the operation's name. */
  readonly label: string
  readonly value: string
  /** The values of the operation's options, since a default may depend on them. */
  readonly values: Readonly<Record<string, string>>
  readonly onValue: (value: string) => void
}

/** The widest range that gets a slider. In a wider range, the pointer could not select every number. */
const widestSlider = 1_000
const ratios = ['1:1', '4:3', '3:2', '16:9', '9:16', '4:5']

/** The control for an option, generated from its specification. */
export function OptionField(props: OptionProps) {
  const { spec, value } = props
  return (
    <div class={`option ${spec.kind}`}>
      <code class={value === '' ? 'option-name' : 'option-name given'} aria-hidden="true">
        {spec.name}
      </code>
      <Control {...props} />
      <p class="hint" title={spec.summary}>
        {spec.summary}
      </p>
    </div>
  )
}

function Control(props: OptionProps) {
  const { spec, values } = props
  switch (spec.kind) {
    case 'number':
      return <NumberControl {...props} spec={spec} />
    case 'choice':
      return (
        <ChoiceControl
          {...props}
          fallback={defaultOf(spec, values)}
          choices={spec.values.map(value => ({ value, label: value }))}
        />
      )
    case 'flag':
      return <ChoiceControl {...props} fallback={flagText(spec.default)} choices={flagChoices} />
    case 'color':
      return <ColorControl {...props} fallback={spec.default} />
    case 'text':
      return <TextControl {...props} long={spec.maxBytes > 64} />
    case 'ratio':
      return <TextFieldWithSuggestions {...props} words={ratios} placeholder={spec.default ?? ''} />
    case 'image':
      return <ImageControl {...props} />
  }
}

const flagChoices = [
  { value: '1', label: 'on' },
  { value: '0', label: 'off' },
]
const flagText = (flag: boolean | undefined) => (flag === undefined ? undefined : flag ? 'on' : 'off')

function ChoiceControl({
  label,
  value,
  onValue,
  fallback,
  choices,
}: OptionProps & { fallback: string | undefined; choices: readonly Choice[] }) {
  const all = [{ value: '', label: emptyChoiceLabel(fallback) }, ...choices]
  return <SelectField small hideLabel label={label} value={value} choices={all} onValue={onValue} />
}

function TextControl({ spec, label, value, onValue, long }: OptionProps & { long: boolean }) {
  const shared = { small: true, hideLabel: true, label, value, onValue, error: valueError(spec, value) }
  return long ? <TextArea {...shared} rows={2} /> : <TextField {...shared} />
}

function defaultOf(
  { default: unconditional, defaultIf }: ChoiceSpec,
  values: OptionProps['values'],
): string | undefined {
  return defaultIf?.given.every(name => values[name]) ? defaultIf.value : unconditional
}

/** The label of the empty choice, with the option's default. */
const emptyChoiceLabel = (fallback: string | undefined) =>
  fallback === undefined ? 'not set' : `${fallback} (default)`

/** The validation error of a value; undefined when it is valid or empty. */
function valueError(spec: OptionSpec, value: string): string | undefined {
  const text = value === '' ? undefined : printValue(spec, value)
  if (value === '' || (text !== undefined && parseValue(spec, text) !== undefined)) return undefined
  return `Expected ${describeExpected(spec)}`
}

function NumberControl({ spec, label, value, values, onValue }: OptionProps & { spec: NumberSpec }) {
  const { min, max, integer, words = [], default: fallback } = spec
  const shown = Number(value === '' ? (fallback ?? min) : value)
  const hasSlider = max - min <= widestSlider
  return (
    <div class="number">
      <TextFieldWithSuggestions
        spec={{ ...spec, name: label }}
        label={label}
        value={value}
        values={values}
        onValue={onValue}
        words={words}
        placeholder={fallback === undefined ? '' : String(fallback)}
      />
      {hasSlider && (
        <Slider
          label={`${label}, slider`}
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

function TextFieldWithSuggestions({
  spec,
  label,
  value,
  onValue,
  words,
  placeholder,
}: OptionProps & { words: readonly string[]; placeholder: string }) {
  const id = useId()
  return (
    <>
      <TextField
        small
        hideLabel
        label={label}
        inputmode={words.length > 0 ? 'text' : 'decimal'}
        autocomplete="off"
        list={words.length > 0 ? id : undefined}
        placeholder={placeholder}
        error={valueError(spec, value)}
        value={value}
        onValue={onValue}
      />
      {words.length > 0 && (
        <datalist id={id}>
          {words.map(word => (
            <option key={word} value={word} />
          ))}
        </datalist>
      )}
    </>
  )
}

function ColorControl({ fallback, ...props }: OptionProps & { fallback: string | undefined }) {
  const { label, value, onValue } = props
  return (
    <div class="color">
      <input
        type="color"
        aria-label={`${label}, picker`}
        value={hexOf(value || fallback || '000')}
        onInput={event => onValue(event.currentTarget.value.slice(1))}
      />
      <TextFieldWithSuggestions {...props} words={['transparent']} placeholder={fallback ?? ''} />
    </div>
  )
}

/** The format of the colour input: six digits, without alpha. */
function hexOf(color: string): string {
  if (/^[0-9a-f]{3}$/i.test(color)) return `#${[...color].map(digit => digit + digit).join('')}`
  return /^[0-9a-f]{6}/i.test(color) ? `#${color.slice(0, 6)}` : '#000000'
}

function ImageControl({ spec, label, value, onValue }: OptionProps) {
  const [open, setOpen] = useState(false)
  return (
    <div class="color">
      <TextField
        small
        hideLabel
        label={label}
        placeholder="image id"
        error={valueError(spec, value)}
        value={value}
        onValue={onValue}
      />
      <Button size="small" onClick={() => setOpen(true)}>
        Choose
      </Button>
      {open && (
        <ImagePicker
          onPick={({ id }) => {
            setOpen(false)
            onValue(id)
          }}
          onClose={() => setOpen(false)}
        />
      )}
    </div>
  )
}
