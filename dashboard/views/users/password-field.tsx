import { Button } from '../../components/button.tsx'
import { CopyButton } from '../../components/copy.tsx'
import { TextField } from '../../components/field.tsx'
import { generatePassword } from './password.ts'

interface PasswordProps {
  readonly value: string
  readonly onValue: (value: string) => void
}

/** A password for another user. It is visible, because the administrator has to pass it on. */
export function PasswordField({ value, onValue }: PasswordProps) {
  return (
    <div class="password-field">
      <TextField
        label="Password"
        hint="10 to 200 characters. It is not shown again and no email is sent: pass it on yourself."
        maxLength={200}
        autocomplete="off"
        required
        value={value}
        onValue={onValue}
      />
      <div class="actions">
        <CopyButton text={value} what="the password" />
        <Button size="small" icon="retry" onClick={() => onValue(generatePassword())}>
          Generate another
        </Button>
      </div>
    </div>
  )
}
