import type { QuotaRepository } from '../metadata/quotas.ts'
import type { WebhookEvents } from './webhook-events.ts'

/** The share of a limit from which it counts as nearly used up. */
const nearShare = 0.8

/**
 * Publishes `quota.near` for each storage limit that a user has nearly used up, at most once a day for each limit.
 * @throws DarkroomError `unavailable`
 */
export async function publishQuotaNear(
  {
    quotas,
    events,
  }: {
    readonly quotas: Pick<QuotaRepository, 'findLimitedHoldings'>
    readonly events: Pick<WebhookEvents, 'publish'>
  },
  userId: string,
): Promise<void> {
  const holdings = await quotas.findLimitedHoldings(userId)
  const day = new Date().toISOString().slice(0, 10)
  for (const limit of ['images', 'storageBytes'] as const) {
    const [used = 0, most] = [holdings?.[limit], holdings?.limits?.[limit]]
    if (most === undefined || used < most * nearShare) continue
    const dedupeKey = `quota.near/${limit}/${day}`
    await events.publish(userId, { event: 'quota.near', data: { limit, used, most }, dedupeKey })
  }
}
