import { useRef, useState } from 'preact/hooks'
import { showError, showToast } from './components/toast.tsx'

/** A setting that is saved when it is chosen. */
export interface Setting<T> {
  /** What was chosen last, or what is stored. */
  readonly value: T
  readonly isSaving: boolean
  readonly choose: (value: T) => void
}

/**
 * Shows a choice at once, and takes it back when the service refuses it. Requests are sent one after the other, so that
 * the last choice wins; of several choices during a request only the last is sent.
 */
export function useSetting<T>(stored: T, save: (value: T) => Promise<void>): Setting<T> {
  const [chosen, setChosen] = useState<{ readonly value: T } | undefined>(undefined)
  const next = useRef<{ readonly value: T } | undefined>(undefined)
  const isSaving = useRef(false)
  const choose = async (value: T) => {
    next.current = { value }
    setChosen(next.current)
    if (isSaving.current) return
    isSaving.current = true
    while (next.current !== undefined) {
      const { value: sent } = next.current
      next.current = undefined
      await save(sent).then(() => showToast('Saved'), showError)
    }
    isSaving.current = false
    setChosen(undefined)
  }
  return { value: chosen ? chosen.value : stored, isSaving: chosen !== undefined, choose }
}
