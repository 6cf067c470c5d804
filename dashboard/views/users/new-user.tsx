import { useState } from 'preact/hooks'
import { api } from '../../api.ts'
import type { User } from '../../api-types.ts'
import { FormDialog } from '../../components/dialog.tsx'
import { FormError, SelectField, TextField } from '../../components/field.tsx'
import { useSubmit } from '../../use-submit.ts'
import { generatePassword } from './password.ts'
import { PasswordField } from './password-field.tsx'
import { roleChoices, roleOf } from './roles.ts'

interface NewUserProps {
  readonly onCreated: (account: User) => void
  readonly onClose: () => void
}

/** The form for a new user. */
export function NewUser({ onCreated, onClose }: NewUserProps) {
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState(generatePassword)
  const [role, setRole] = useState('member')
  const { submit, busy, error } = useSubmit(() =>
    api.createUser(email.trim(), password, roleOf(role)).then(onCreated),
  )
  return (
    <FormDialog
      title="New user"
      action="Create"
      ready={!busy && email.trim() !== '' && password.length >= 10}
      onSubmit={submit}
      onClose={onClose}
    >
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
      <FormError error={error} />
    </FormDialog>
  )
}
