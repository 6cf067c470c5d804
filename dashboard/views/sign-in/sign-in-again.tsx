import { useState } from 'preact/hooks'
import { Button } from '../../components/button.tsx'
import { Dialog, DialogFoot } from '../../components/dialog.tsx'
import { FormError, TextField } from '../../components/field.tsx'
import { signIn, signOut } from '../../session.ts'
import { useSubmit } from '../../use-submit.ts'
import { signInError } from './sign-in-error.ts'

/** Asks for the password after the session has ended. The view behind it stays, with what was being edited. */
export function SignInAgain({ email }: { email: string }) {
  const [password, setPassword] = useState('')
  const { submit, busy, error } = useSubmit(() => signIn(email, password), signInError)
  return (
    <Dialog title="Your session has ended" required onClose={signOut}>
      <form onSubmit={submit}>
        <p>
          Sign in as {email} to continue. What you were editing is kept: repeat your last action afterwards.
        </p>
        <input type="email" name="email" autocomplete="username" value={email} readOnly hidden />
        <TextField
          label="Password"
          type="password"
          name="password"
          autocomplete="current-password"
          required
          autofocus
          value={password}
          onValue={setPassword}
        />
        <FormError error={error} />
        <DialogFoot>
          <Button onClick={signOut}>Sign out</Button>
          <Button kind="primary" type="submit" disabled={busy}>
            {busy ? 'Signing in …' : 'Sign in'}
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  )
}
