import type { ComponentChild } from 'preact'
import { useState } from 'preact/hooks'
import { TextField } from './field.tsx'

/** The confirmation of something that affects everything, and cannot be undone. */
export interface Confirmation {
  /** Whether the phrase was typed; always true when it is not needed. */
  readonly isGiven: boolean
  /** The field to type it into, for a dialog; absent when it is not needed. */
  readonly field: ComponentChild
}

/** Asks for a phrase to be typed, if `isNeeded`. */
export function usePhrase(phrase: string, isNeeded: boolean): Confirmation {
  const [typed, setTyped] = useState('')
  if (!isNeeded) return { isGiven: true, field: undefined }
  const field = (
    <TextField
      label={`Type ${phrase} to confirm`}
      autocomplete="off"
      autofocus
      value={typed}
      onValue={setTyped}
    />
  )
  return { isGiven: typed.trim() === phrase, field }
}
