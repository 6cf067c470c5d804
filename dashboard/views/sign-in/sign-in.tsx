import './sign-in.css'
import { useEffect, useState } from 'preact/hooks'
import { Button } from '../../components/button.tsx'
import { FormError, TextField } from '../../components/field.tsx'
import { signIn } from '../../session.ts'
import { useSubmit } from '../../use-submit.ts'
import { signInError } from './sign-in-error.ts'

/** The sign-in form. It keeps the URL, so that users continue where they intended to go. */
export function SignIn() {
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const { submit, busy, error } = useSubmit(() => signIn(email.trim(), password), signInError)
  useEffect(() => {
    document.title = 'Sign in · Darkroom'
  }, [])
  return (
    <main class="sign-in">
      <form onSubmit={submit}>
        <div class="sign-in-head">
          <img src="/mark.svg" alt="" width={40} height={40} />
          <h1>Darkroom</h1>
        </div>
        <TextField
          label="Email"
          type="email"
          name="email"
          autocomplete="username"
          required
          autofocus
          value={email}
          onValue={setEmail}
        />
        <TextField
          label="Password"
          type="password"
          name="password"
          autocomplete="current-password"
          required
          value={password}
          onValue={setPassword}
        />
        <FormError error={error} />
        <Button kind="primary" type="submit" disabled={busy}>
          {busy ? 'Signing in …' : 'Sign in'}
        </Button>
        <LostPassword />
      </form>
    </main>
  )
}

/** Says who can set a new password. No email is sent, so the form itself cannot help. */
function LostPassword() {
  return (
    <details class="lost-password">
      <summary>Forgot your password?</summary>
      <p>Ask an administrator of this service to set a new one for you, on the page Users.</p>
      <p>
        If you run the service, set it on its server: <code>npx darkroom user password you@example.com</code>
      </p>
    </details>
  )
}
