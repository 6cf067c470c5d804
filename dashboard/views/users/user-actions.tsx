import { useState } from 'preact/hooks'
import { api } from '../../api.ts'
import type { User } from '../../api-types.ts'
import { Button } from '../../components/button.tsx'
import { Confirm, FormDialog } from '../../components/dialog.tsx'
import { FormError } from '../../components/field.tsx'
import { showError, showToast } from '../../components/toast.tsx'
import { useSubmit } from '../../use-submit.ts'
import { DeleteUser } from './delete-user.tsx'
import { generatePassword } from './password.ts'
import { PasswordField } from './password-field.tsx'

interface ActionsProps {
  readonly account: User
  readonly onChange: (account: User) => void
}

/** Actions on another user's account. */
export function UserActions({ account, onChange }: ActionsProps) {
  const [dialog, setDialog] = useState<'password' | 'disable' | 'delete' | undefined>(undefined)
  const close = () => setDialog(undefined)
  const disable = async (disabled: boolean) => {
    close()
    try {
      onChange(await api.changeUser(account.id, { disabled }))
      showToast(`${account.email} is ${disabled ? 'disabled' : 'active'}`)
    } catch (error) {
      showError(error)
    }
  }
  return (
    <>
      <Button icon="keys" onClick={() => setDialog('password')}>
        Reset password
      </Button>
      {account.disabled ? (
        <Button onClick={() => disable(false)}>Enable</Button>
      ) : (
        <Button onClick={() => setDialog('disable')}>Disable</Button>
      )}
      <Button kind="danger" icon="trash" onClick={() => setDialog('delete')}>
        Delete
      </Button>
      {dialog === 'password' && <ResetPassword account={account} onClose={close} />}
      {dialog === 'disable' && (
        <Confirm
          title={`Disable ${account.email}?`}
          action="Disable"
          onConfirm={() => disable(true)}
          onClose={close}
        >
          All sessions end and API keys stop working. Image URLs keep working. You can enable the user again.
        </Confirm>
      )}
      {dialog === 'delete' && <DeleteUser account={account} onClose={close} />}
    </>
  )
}

function ResetPassword({ account, onClose }: { account: User; onClose: () => void }) {
  const [password, setPassword] = useState(generatePassword)
  const { submit, busy, error } = useSubmit(async () => {
    await api.resetPassword(account.id, password)
    showToast(`Password of ${account.email} changed`)
    onClose()
  })
  return (
    <FormDialog
      title={`New password for ${account.email}`}
      action="Set password"
      ready={!busy && password.length >= 10}
      onSubmit={submit}
      onClose={onClose}
    >
      <p>The old password stops working and all sessions end.</p>
      <PasswordField value={password} onValue={setPassword} />
      <FormError error={error} />
    </FormDialog>
  )
}
