import { useId } from 'preact/hooks'
import type { TextSpec } from '../../../../service/url/option.ts'
import { TextArea, TextField } from '../../../components/field.tsx'
import { fieldProps } from './field-props.ts'
import type { ControlProps } from './option-field.tsx'

/** The longest text that gets a single line, in bytes. */
const maxLineBytes = 64

export function TextControl(props: ControlProps<TextSpec>) {
  const shared = fieldProps(props)
  return props.spec.maxBytes > maxLineBytes ? <TextArea {...shared} rows={2} /> : <TextField {...shared} />
}

interface SuggestedProps extends ControlProps {
  readonly words: readonly string[]
  readonly placeholder: string
}

/** A field for short values that offers words while the user types. */
export function SuggestedTextField({ words, placeholder, ...props }: SuggestedProps) {
  const id = useId()
  return (
    <>
      <TextField
        {...fieldProps(props)}
        inputmode={words.length > 0 ? 'text' : 'decimal'}
        autocomplete="off"
        list={words.length > 0 ? id : undefined}
        placeholder={placeholder}
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
