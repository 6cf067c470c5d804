import { constants } from 'node:os'

/** Why a command ends before its work is done. */
export interface Interruption {
  /** Aborts at the first SIGTERM or SIGINT. */
  readonly signal: AbortSignal
  /** From now on both signals do what they do by themselves. */
  dispose(): void
}

/** For how long the same signal is an echo of the first, in milliseconds: npm passes on what a terminal sent to both. */
const echoMs = 1_000

/** Turns the first SIGTERM or SIGINT into an orderly end; whoever sends one again later wants the process gone at once. */
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
