import { signal } from '@preact/signals'

/** The pause between two checks, and the timeout of a check, in milliseconds. */
const pauseMs = 3_000
const answerMs = 5_000

/** Whether the service does not answer at all. It becomes false by itself once the service answers again. */
export const isAway = signal(false)

let check: Promise<void> | undefined

/**
 * Checks whether the service answers, after a request that failed. When it does not, checks again until it does.
 * Concurrent calls share one check.
 */
export function checkReachability(): Promise<void> {
  if (isAway.value) return Promise.resolve()
  check ??= answers().then(answered => {
    check = undefined
    if (answered || isAway.value) return
    isAway.value = true
    setTimeout(checkAgain, pauseMs)
  })
  return check
}

async function checkAgain(): Promise<void> {
  if (await answers()) isAway.value = false
  else setTimeout(checkAgain, pauseMs)
}

/** Any answer below 500 counts: a proxy in front may not pass this path on, and answers 502 to 504 for the service. */
async function answers(): Promise<boolean> {
  try {
    const { status } = await fetch('/healthz', { cache: 'no-store', signal: AbortSignal.timeout(answerMs) })
    return status < 500
  } catch {
    return false
  }
}
