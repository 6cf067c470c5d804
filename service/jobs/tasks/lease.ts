import type { HeldTask, TaskRepository } from '../../metadata/tasks.ts'

/** The hold of this process on a task, which is renewed until it is released. */
export interface Lease {
  /** Aborts when the hold is lost, or when `aborting` does. */
  readonly signal: AbortSignal
  /** Whether another process may have the task now, or whether it was cancelled. */
  readonly isLost: boolean
  release(): void
}

/** How many renewals may fail, because the database does not answer, before the hold counts as lost. */
const renewals = 3

/** Renews the hold on a task three times per lease. */
export function holdLease(
  rows: Pick<TaskRepository, 'renew'>,
  task: HeldTask,
  leaseMs: number,
  aborting: AbortSignal,
): Lease {
  const lost = new AbortController()
  let until = performance.now() + leaseMs
  const renew = async () => {
    const begun = performance.now()
    const isHeld = await rows.renew(task, leaseMs).catch(() => undefined)
    if (isHeld) until = begun + leaseMs
    else if (isHeld === false || performance.now() > until)
      lost.abort(new Error('the task is held by another process'))
  }
  const timer = setInterval(renew, leaseMs / renewals)
  return {
    signal: AbortSignal.any([aborting, lost.signal]),
    get isLost() {
      return lost.signal.aborted
    },
    release: () => clearInterval(timer),
  }
}
