import Type, { type Static } from 'typebox'
import {
  type DerivativeUseRepository,
  maxUnused,
  type UnusedDerivative,
} from '../metadata/derivative-uses.ts'
import type { DerivativeRemover } from './derivative-remover.ts'

/** An eviction leaves so much of the budget in use, so that the next one is not needed at once. */
export const keptShare = 0.9

const After = Type.Object({ userId: Type.String(), imageId: Type.String(), fileName: Type.String() })

/** A walk over derivatives first sums their bytes by the day of their last use. */
const Summing = Type.Object({ after: After, days: Type.Record(Type.String(), Type.Number()) })
type Summing = Static<typeof Summing>

/** Above the budget, a second walk evicts those last used before `lastDay`, and `rest` bytes of those used on it. */
const Evicting = Type.Object({ after: After, lastDay: Type.String(), rest: Type.Number() })
type Evicting = Static<typeof Evicting>

export const BudgetPosition = Type.Union([Summing, Evicting])
export type BudgetPosition = Static<typeof BudgetPosition>

/** The beginning of a walk over the derivatives of a user, or of all users. */
export const budgetStart = (userId = ''): BudgetPosition => ({ after: beginningOf(userId), days: {} })
const beginningOf = (userId: string) => ({ userId, imageId: '', fileName: '' })

export interface EvictionParts {
  readonly rows: Pick<DerivativeUseRepository, 'sumPage' | 'listUnused' | 'evict'>
  readonly derivativeRemover: Pick<DerivativeRemover, 'sweep'>
}

/** What a walk keeps within a budget. */
export interface EvictionBudget {
  /** Undefined for the derivatives of all users. */
  readonly userId?: string
  readonly maxBytes: number
}

/** The result of a page of a walk. */
export interface EvictionPage {
  /** Where the next page starts; undefined after the last. */
  readonly next?: BudgetPosition
  /** How many derivatives were evicted. */
  readonly evicted: number
  /** The bytes of all derivatives of the walk, when this page has completed the sum. */
  readonly stored?: number
}

/**
 * Reads, and may evict, a page of derivatives: those that were not used for the longest time go. Caches keep theirs, because
 * the bytes stay right.
 */
export async function evictionPage(
  parts: EvictionParts,
  { userId, maxBytes }: EvictionBudget,
  position: BudgetPosition,
  signal: AbortSignal,
): Promise<EvictionPage> {
  const ofUser = userId !== undefined
  if ('lastDay' in position) return evictPage(parts, position, ofUser, signal)
  const { days, last } = await sumPage(parts, position, ofUser)
  if (last) return { next: { after: last, days }, evicted: 0 }
  const stored = Object.values(days).reduce((sum, bytes) => sum + bytes, 0)
  if (stored <= maxBytes) return { evicted: 0, stored }
  const limit = limitOf(days, stored - maxBytes * keptShare)
  return { next: { after: beginningOf(userId ?? ''), ...limit }, evicted: 0, stored }
}

async function sumPage({ rows }: EvictionParts, position: Summing, ofUser: boolean) {
  const { items, last } = await rows.sumPage(position.after, ofUser)
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
  { rows, derivativeRemover }: EvictionParts,
  { after, lastDay, rest }: Evicting,
  ofUser: boolean,
  signal: AbortSignal,
): Promise<EvictionPage> {
  const { items, last } = await rows.listUnused(after, lastDay, ofUser)
  const chosen: UnusedDerivative[] = []
  let left = rest
  for (const item of items) {
    if (item.day === lastDay && left <= 0) continue
    if (item.day === lastDay) left -= item.bytes
    chosen.push(item)
  }
  const evicted = chosen.length > 0 ? await rows.evict(chosen, lastDay) : 0
  if (evicted > 0) await derivativeRemover.sweep(maxUnused, signal)
  const end = items.length === maxUnused ? items.at(-1) : last
  if (!end) return { evicted }
  const { userId, imageId, fileName } = end
  return { next: { after: { userId, imageId, fileName }, lastDay, rest: left }, evicted }
}
