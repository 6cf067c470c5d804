import './sign-in.css'
import { useEffect, useState } from 'preact/hooks'
import { errorMessage, Problem } from '../../calls.ts'
import { Button } from '../../components/button.tsx'
import { TextField } from '../../components/field.tsx'
import { signIn } from '../../session.ts'

/** The state and submit handler of the sign-in form. */
function useSignIn() {
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const [error, setError] = useState('')
  const [busy, setBusy] = useState(false)
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    setBusy(true)
    setError('')
    await signIn(email.trim(), password).catch(error => {
      setError(signInError(error))
      setBusy(false)
    })
  }
  return { email, setEmail, password, setPassword, error, busy, submit }
}

/** The sign-in form. It keeps the URL, so that users continue where they intended to go. */
export function SignIn() {
  const { email, setEmail, password, setPassword, error, busy, submit } = useSignIn()
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
        {error && (
          <p class="mistake" role="alert">
            {error}
          </p>
        )}
        <Button kind="primary" type="submit" disabled={busy}>
          {busy ? 'Signing in …' : 'Sign in'}
        </Button>
      </form>
    </main>
  )
}

function signInError(error: unknown): string {
  if (!(error instanceof Problem)) return errorMessage(error)
  if (error.status === 401) return 'Email and password do not match an account. Check both and try again.'
  if (error.status === 429) return 'Too many attempts. Wait a minute, then try again.'
  return errorMessage(error)
}
