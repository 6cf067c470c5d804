import './password.css'
import { useState } from 'preact/hooks'
import { api } from '../../api.ts'
import { errorMessage, Problem } from '../../calls.ts'
import { Button } from '../../components/button.tsx'
import { TextField } from '../../components/field.tsx'
import { showToast } from '../../components/toast.tsx'
import { PageHead } from '../../shell.tsx'

/** The minimum length of a password. */
const minPasswordLength = 10

const emptyForm = { current: '', next: '' }

/** The form with which users change their own password. */
export function ChangePassword() {
  const [form, setForm] = useState(emptyForm)
  const [errors, setErrors] = useState(emptyForm)
  const [busy, setBusy] = useState(false)
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    setBusy(true)
    setErrors(emptyForm)
    try {
      await api.changePassword(form.current, form.next)
      setForm(emptyForm)
      showToast('Password changed')
    } catch (error) {
      const place = error instanceof Problem && error.status === 400 ? 'next' : 'current'
      setErrors({ ...emptyForm, [place]: errorMessage(error) })
    }
    setBusy(false)
  }
  return (
    <>
      <PageHead title="Change password" />
      <form class="change-password" onSubmit={submit}>
        <p>You stay signed in here. All your other sessions end.</p>
        <TextField
          label="Current password"
          type="password"
          autocomplete="current-password"
          maxLength={200}
          required
          error={errors.current}
          value={form.current}
          onValue={current => setForm({ ...form, current })}
        />
        <TextField
          label="New password"
          hint={`${minPasswordLength} to 200 characters`}
          type="password"
          autocomplete="new-password"
          maxLength={200}
          required
          error={errors.next}
          value={form.next}
          onValue={next => setForm({ ...form, next })}
        />
        <div>
          <Button
            kind="primary"
            type="submit"
            disabled={busy || form.current === '' || form.next.length < minPasswordLength}
          >
            Change password
          </Button>
        </div>
      </form>
    </>
  )
}
