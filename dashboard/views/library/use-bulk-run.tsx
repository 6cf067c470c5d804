import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { BulkAction } from '../../api-types.ts'
import { Button } from '../../components/button.tsx'
import { Dialog, DialogFoot } from '../../components/dialog.tsx'
import { showError } from '../../components/toast.tsx'
import { numberText } from '../../format.ts'
import { type BulkOutcome, type BulkTarget, runBulkAction } from './bulk-action.ts'

interface Run {
  readonly title: string
  readonly processed: number
  /** Undefined when it is not known. */
  readonly total: number | undefined
  readonly isOpen: boolean
}

export interface BulkRun {
  /** Runs an action. Undefined when it failed. */
  readonly run: (order: BulkOrder) => Promise<BulkOutcome | undefined>
  /** The dialog with the progress, while an action runs for long. */
  readonly dialog: JSX.Element | null
}

interface BulkOrder {
  /** `Deleting images`. */
  readonly title: string
  readonly target: BulkTarget
  readonly action: BulkAction | 'remove'
  readonly tags?: readonly string[]
}

/** How long an action runs without a dialog, in milliseconds. */
const quietMs = 700

/** Runs bulk actions one at a time, with a dialog that shows the progress and can stop it. */
export function useBulkRun(): BulkRun {
  const [state, setState] = useState<Run | undefined>(undefined)
  const controller = useRef(new AbortController())
  const isRunning = useRef(false)
  useEffect(() => () => controller.current.abort(), [])
  const run = async ({ title, target, action, tags }: BulkOrder) => {
    if (isRunning.current) {
      showError(new Error('Another action is still running'))
      return undefined
    }
    isRunning.current = true
    controller.current = new AbortController()
    const total = 'ids' in target ? target.ids.length : target.total
    setState({ title, total, processed: 0, isOpen: false })
    const timer = setTimeout(() => setState(now => now && { ...now, isOpen: true }), quietMs)
    try {
      return await runBulkAction(target, action, {
        ...(tags ? { tags } : {}),
        signal: controller.current.signal,
        onProgress: processed => setState(now => now && { ...now, processed }),
      })
    } catch (error) {
      showError(error)
      return undefined
    } finally {
      clearTimeout(timer)
      isRunning.current = false
      setState(undefined)
    }
  }
  const dialog = state?.isOpen ? (
    <ProgressDialog {...state} onStop={() => controller.current.abort()} />
  ) : null
  return { run, dialog }
}

function ProgressDialog({ title, processed, total, onStop }: Run & { readonly onStop: () => void }) {
  const text =
    total === undefined ? numberText(processed) : `${numberText(processed)} of ${numberText(total)}`
  return (
    <Dialog title={title} required onClose={onStop}>
      <p>{text}</p>
      <progress
        class="bulk-progress"
        aria-label={title}
        max={total ?? 1}
        {...(total ? { value: processed } : {})}
      />
      <DialogFoot>
        <Button onClick={onStop}>Stop</Button>
      </DialogFoot>
    </Dialog>
  )
}
