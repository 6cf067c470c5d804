import Type, { type Static } from 'typebox'
import type { DerivativeUseRepository } from '../metadata/derivative-uses.ts'
import type { TaskPage } from '../metadata/tasks.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { BudgetPosition, budgetStart, type EvictionParts, evictionPage } from './derivative-eviction.ts'

/**
 * Where a page of the users above their limits starts: with the first user after `after`, or within the derivatives of that
 * user, with the limit that they had at the beginning.
 */
export const UserBudgetPosition = Type.Object({
  after: Type.String(),
  walk: Type.Optional(
    Type.Object({ userId: Type.String(), maxBytes: Type.Number(), position: BudgetPosition }),
  ),
})
export type UserBudgetPosition = Static<typeof UserBudgetPosition>

export interface DerivativeBudgetParts extends EvictionParts {
  readonly rows: EvictionParts['rows'] & Pick<DerivativeUseRepository, 'findOverLimit'>
  readonly metrics: Pick<Metrics, 'watch'>
  /** The most bytes that the derivatives of all users may have; undefined for no budget. */
  readonly maxBytes: number | undefined
}

/** Keeps derivatives within budgets: it removes those that were not used for the longest time. */
export interface DerivativeBudget {
  /** Reads, and may evict, a page of the derivatives of all users, which have a budget together. */
  runPage(position: BudgetPosition, signal: AbortSignal): Promise<TaskPage<BudgetPosition>>
  /** Reads, and may evict, a page of the derivatives of a user above their limit. */
  runUserPage(position: UserBudgetPosition, signal: AbortSignal): Promise<TaskPage<UserBudgetPosition>>
}

export function createDerivativeBudget(parts: DerivativeBudgetParts): DerivativeBudget {
  const { maxBytes, metrics, rows } = parts
  const counts = { stored: 0, evicted: 0 }
  metrics.watch('darkroom_derivatives_evicted', () => counts.evicted)
  if (maxBytes !== undefined) metrics.watch('darkroom_derivative_bytes', () => counts.stored)
  return {
    async runPage(position, signal) {
      if (maxBytes === undefined) return { done: 0 }
      const { next, evicted, stored } = await evictionPage(parts, { maxBytes }, position, signal)
      counts.evicted += evicted
      if (stored !== undefined) counts.stored = stored
      return { next, done: evicted }
    },
    async runUserPage({ after, walk }, signal) {
      const user = walk ?? (await rows.findOverLimit(after))
      if (user === undefined) return { done: 0 }
      const { userId, maxBytes: most } = user
      const from = walk?.position ?? budgetStart(userId)
      const { next, evicted } = await evictionPage(parts, { userId, maxBytes: most }, from, signal)
      counts.evicted += evicted
      const following = next ? { after, walk: { userId, maxBytes: most, position: next } } : { after: userId }
      return { next: following, done: evicted }
    },
  }
}
