import { useState } from 'preact/hooks'
import { api } from '../../api.ts'
import type { Account } from '../../api-types.ts'
import { errorMessage } from '../../calls.ts'
import { Button } from '../../components/button.tsx'
import { Dialog, DialogFoot } from '../../components/dialog.tsx'
import { SelectField, TextField } from '../../components/field.tsx'
import { generatePassword } from './password.ts'
import { PasswordField } from './password-field.tsx'
import { roleChoices, roleOf } from './roles.ts'

interface NewUserProps {
  readonly onCreated: (account: Account) => void
  readonly onClose: () => void
}

/** The form for a new user. */
export function NewUser({ onCreated, onClose }: NewUserProps) {
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState(generatePassword)
  const [role, setRole] = useState('member')
  const [error, setError] = useState('')
  const [busy, setBusy] = useState(false)
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    setBusy(true)
    setError('')
    await api.createUser(email.trim(), password, roleOf(role)).then(onCreated, error => {
      setError(errorMessage(error))
      setBusy(false)
    })
  }
  return (
    <Dialog title="New user" onClose={onClose}>
      <form onSubmit={submit}>
        <TextField
          label="Email"
          type="email"
          autocomplete="off"
          maxLength={320}
          autofocus
          required
          value={email}
          onValue={setEmail}
        />
        <PasswordField value={password} onValue={setPassword} />
        <SelectField label="Role" choices={roleChoices} value={role} onValue={setRole} />
        {error && (
          <p class="mistake" role="alert">
            {error}
          </p>
        )}
        <DialogFoot>
          <Button kind="primary" type="submit" disabled={busy || email.trim() === '' || password.length < 10}>
            Create
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  )
}
