import Type, { type Static } from 'typebox'
import {
  type DerivativeUseRepository,
  maxUnused,
  type UnusedDerivative,
} from '../metadata/derivative-uses.ts'
import type { TaskPage } from '../metadata/tasks.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { DerivativeRemover } from './derivative-remover.ts'

/** An eviction leaves so much of the budget in use, so that the next one is not needed at once. */
const keptShare = 0.9

const After = Type.Object({ userId: Type.String(), imageId: Type.String(), fileName: Type.String() })

/** A walk over all derivatives first sums their bytes by the day of their last use. */
const Summing = Type.Object({ after: After, days: Type.Record(Type.String(), Type.Number()) })
type Summing = Static<typeof Summing>

/** Above the budget, a second walk evicts those last used before `lastDay`, and `rest` bytes of those used on it. */
const Evicting = Type.Object({ after: After, lastDay: Type.String(), rest: Type.Number() })
type Evicting = Static<typeof Evicting>

export const BudgetPosition = Type.Union([Summing, Evicting])
export type BudgetPosition = Static<typeof BudgetPosition>

const beginning = { userId: '', imageId: '', fileName: '' }
export const budgetStart: BudgetPosition = { after: beginning, days: {} }

export interface DerivativeBudgetParts {
  readonly rows: Pick<DerivativeUseRepository, 'sumPage' | 'listUnused' | 'evict'>
  readonly derivativeRemover: Pick<DerivativeRemover, 'sweep'>
  readonly metrics: Pick<Metrics, 'watch'>
  /** The most bytes that the derivatives of all users may have; undefined for no budget. */
  readonly maxBytes: number | undefined
}

/** Keeps the derivatives of all users within a budget: it removes those that were not used for the longest time. */
export interface DerivativeBudget {
  /** Reads, and may evict, a page of derivatives. Caches keep theirs, because the bytes stay right. */
  runPage(position: BudgetPosition, signal: AbortSignal): Promise<TaskPage<BudgetPosition>>
}

export function createDerivativeBudget(parts: DerivativeBudgetParts): DerivativeBudget {
  const { maxBytes, metrics } = parts
  if (maxBytes === undefined) return { runPage: async () => ({ done: 0 }) }
  const counts = { stored: 0, evicted: 0 }
  metrics.watch(
    'darkroom_derivative_bytes',
    'Bytes of stored derivatives, as this process last summed them; 0 before',
    () => counts.stored,
  )
  metrics.watch(
    'darkroom_derivatives_evicted',
    'Derivatives that this process removed to keep the budget',
    () => counts.evicted,
  )
  return {
    async runPage(position, signal) {
      if ('lastDay' in position) {
        const page = await evictPage(parts, position, signal)
        counts.evicted += page.done
        return page
      }
      const { days, last } = await sumPage(parts, position)
      if (last) return { next: { after: last, days }, done: 0 }
      counts.stored = Object.values(days).reduce((sum, bytes) => sum + bytes, 0)
      if (counts.stored <= maxBytes) return { done: 0 }
      return { next: { after: beginning, ...limitOf(days, counts.stored - maxBytes * keptShare) }, done: 0 }
    },
  }
}

async function sumPage({ rows }: DerivativeBudgetParts, position: Summing) {
  const { items, last } = await rows.sumPage(position.after)
  const days = { ...position.days }
  for (const { day, bytes } of items) days[day] = (days[day] ?? 0) + bytes
  return { days, last }
}

/** The day up to which derivatives are evicted to free `excess` bytes, and how many bytes of those last used on it. */
export function limitOf(days: Readonly<Record<string, number>>, excess: number): Omit<Evicting, 'after'> {
  let rest = excess
  let lastDay = ''
  for (const day of Object.keys(days).sort()) {
    lastDay = day
    const bytes = days[day] ?? 0
    if (bytes >= rest) break
    rest -= bytes
  }
  return { lastDay, rest }
}

async function evictPage(
  { rows, derivativeRemover }: DerivativeBudgetParts,
  { after, lastDay, rest }: Evicting,
  signal: AbortSignal,
): Promise<TaskPage<BudgetPosition>> {
  const { items, last } = await rows.listUnused(after, lastDay)
  const chosen: UnusedDerivative[] = []
  let left = rest
  for (const item of items) {
    if (item.day === lastDay && left <= 0) continue
    if (item.day === lastDay) left -= item.bytes
    chosen.push(item)
  }
  const done = chosen.length > 0 ? await rows.evict(chosen, lastDay) : 0
  if (done > 0) await derivativeRemover.sweep(maxUnused, signal)
  const end = items.length === maxUnused ? items.at(-1) : last
  if (!end) return { done }
  const { userId, imageId, fileName } = end
  return { next: { after: { userId, imageId, fileName }, lastDay, rest: left }, done }
}
