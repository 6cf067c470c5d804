import type { QuotaRepository } from '../metadata/quotas.ts'
import type { WebhookEvents } from './webhook-events.ts'

/** From which share of a limit on a user is told that it is near. */
const nearFrom = 0.8

/** Tells a user, once a day, which of what he may store is nearly used up. @throws DarkroomError `unavailable` */
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
    if (most === undefined || used < most * nearFrom) continue
    const dedupeKey = `quota.near/${limit}/${day}`
    await events.publish(userId, { event: 'quota.near', data: { limit, used, most }, dedupeKey })
  }
}
