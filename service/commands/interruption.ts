import { constants } from 'node:os'

/** Why a command ends before its work is done. */
export interface Interruption {
  /** Aborts at the first SIGTERM or SIGINT. */
  readonly signal: AbortSignal
  /** From now on both signals do what they do by themselves. */
  dispose(): void
}

/** Turns the first SIGTERM or SIGINT into an orderly end; whoever sends a second one wants the process gone at once. */
export function onInterruption(): Interruption {
  const controller = new AbortController()
  const interrupt = (name: 'SIGTERM' | 'SIGINT') => {
    if (controller.signal.aborted) process.exit(128 + constants.signals[name])
    controller.abort(new Error(`ended by ${name}`))
  }
  process.on('SIGTERM', interrupt).on('SIGINT', interrupt)
  return {
    signal: controller.signal,
    dispose: () => void process.off('SIGTERM', interrupt).off('SIGINT', interrupt),
  }
}
