import { useState } from 'preact/hooks'
import { errorMessage } from './calls.ts'

/** The submit handler of a form, with its state. */
export interface Submission {
  readonly submit: (event: SubmitEvent) => Promise<void>
  /** Whether the work is running. */
  readonly busy: boolean
  /** The message of the last failure; empty when there was none. */
  readonly error: string
}

/** Runs `work` when a form is submitted. When it fails, `describe` turns the error into a message for the form. */
export function useSubmit(work: () => Promise<void>, describe = errorMessage): Submission {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState('')
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    setBusy(true)
    setError('')
    try {
      await work()
    } catch (error) {
      setError(describe(error))
    }
    setBusy(false)
  }
  return { submit, busy, error }
}
