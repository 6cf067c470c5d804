import type { HeldTask, TaskRepository } from '../../metadata/tasks.ts'

/** The hold of this process on a task, which is renewed until it is released. */
export interface Lease {
  /** Whether another process may have the task now, or whether it was cancelled. The current page still ends. */
  readonly isLost: boolean
  release(): void
}

/** How often the hold is renewed before it would end. */
const renewals = 3

/** Renews the hold on a task three times per lease. While the database does not answer, the hold lasts until its end. */
export function holdLease(rows: Pick<TaskRepository, 'renew'>, task: HeldTask, leaseMs: number): Lease {
  let until = performance.now() + leaseMs
  let isLost = false
  const renew = async () => {
    const begun = performance.now()
    const isHeld = await rows.renew(task, leaseMs).catch(() => undefined)
    if (isHeld) until = begun + leaseMs
    else if (isHeld === false || performance.now() > until) isLost = true
  }
  const timer = setInterval(renew, leaseMs / renewals)
  return {
    get isLost() {
      return isLost
    },
    release: () => clearInterval(timer),
  }
}
