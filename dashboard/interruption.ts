import { effect } from '@preact/signals'
import { Problem } from './calls.ts'
import { isAway } from './reachability.ts'
import { hasSessionEnded } from './session.ts'

/**
 * Whether a call failed because the service is away or the session has ended, and this still lasts. The banner or the
 * dialog of the application says so once, so views and toasts do not repeat it.
 */
export function isInterrupted(error: unknown): boolean {
  if (!(error instanceof Problem)) return false
  return (
    (error.code === 'unreachable' && isAway.value) ||
    (error.code === 'session-ended' && hasSessionEnded.value)
  )
}

/**
 * Makes a call, and repeats it when the service is back or a new session has begun, if it was interrupted. Undefined when
 * the signal aborts meanwhile.
 * @throws any other error of the call
 */
export async function persist<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T | undefined> {
  while (!signal?.aborted) {
    try {
      return await work()
    } catch (error) {
      if (!isInterrupted(error)) throw error
      await interruptionEnd(signal)
    }
  }
  return undefined
}

/** Waits until the service is back and a session is there, or until the signal aborts. */
function interruptionEnd(signal?: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const stop = effect(() => {
      if (!isAway.value && !hasSessionEnded.value) resolve()
    })
    const end = () => {
      stop()
      resolve()
    }
    signal?.addEventListener('abort', end, { once: true })
  })
}
