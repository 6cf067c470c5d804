import { SelectField } from '../../components/field.tsx'
import type { Form } from './address.ts'
import type { Change } from './form-history.ts'

const lifetimes = [
  { value: '', label: 'Unlimited' },
  { value: '3600', label: 'An hour' },
  { value: '86400', label: 'A day' },
  { value: '2592000', label: '30 days' },
]

interface OutputProps {
  readonly form: Form
  readonly formats: readonly string[]
  readonly onForm: (form: Form, change: Change) => void
}

/** The format of the result and the lifetime of its URL. */
export function OutputForm({ form, formats, onForm }: OutputProps) {
  // `json` does not produce an image
  const offered = formats.filter(format => format !== 'json')
  return (
    <div class="bench-output">
      <SelectField
        label="Format"
        choices={offered.map(format => ({ value: format, label: format }))}
        value={form.format}
        onValue={format => onForm({ ...form, format }, 'done')}
      />
      <SelectField
        label="Lifetime"
        choices={lifetimes}
        value={form.expiresIn}
        onValue={expiresIn => onForm({ ...form, expiresIn }, 'done')}
      />
    </div>
  )
}
