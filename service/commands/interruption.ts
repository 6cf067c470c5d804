import { constants } from 'node:os'

/** The handling of SIGTERM and SIGINT. */
export interface Interruption {
  /** Aborts at the first SIGTERM or SIGINT. */
  readonly signal: AbortSignal
  /** Restores the default behaviour of both signals. */
  dispose(): void
}

/** How long a repeat of the signal is ignored, in milliseconds: npm forwards a Ctrl-C that this process also gets. */
const echoMs = 1_000

/** Turns the first SIGTERM or SIGINT into a graceful stop; a later one exits at once. */
export function onInterruption(): Interruption {
  const controller = new AbortController()
  let first: { readonly name: string; readonly at: number } | undefined
  const interrupt = (name: 'SIGTERM' | 'SIGINT') => {
    if (first === undefined) {
      first = { name, at: performance.now() }
      controller.abort(new Error(`ended by ${name}`))
    } else if (name !== first.name || performance.now() - first.at > echoMs)
      process.exit(128 + constants.signals[name])
  }
  process.on('SIGTERM', interrupt).on('SIGINT', interrupt)
  return {
    signal: controller.signal,
    dispose: () => void process.off('SIGTERM', interrupt).off('SIGINT', interrupt),
  }
}
