import { useCallback, useEffect, useState } from 'preact/hooks'
import { api } from '../../api.ts'
import type { Delivery } from '../../api-types.ts'
import { useLoaded } from '../../use-loaded.ts'

/** The polling intervals of a delivery in milliseconds: the first one, and the others. And the maximum number of polls. */
const firstPollMs = 500
const pollMs = 2_000
const maxPolls = 15

/** Loads the deliveries of a webhook. Polls a delivery that was just sent until it has an outcome. */
export function useDeliveries(webhookId: string) {
  const [loaded, reload] = useLoaded(signal => api.deliveries(webhookId, signal), [webhookId])
  const [deliveries, setDeliveries] = useState<readonly Delivery[] | undefined>(undefined)
  const [polled, setPolled] = useState({ id: '', polls: 0 })
  useEffect(() => {
    // the previous list stays while it reloads
    if (loaded.state === 'loaded') setDeliveries(loaded.value.items)
  }, [loaded])
  useEffect(() => {
    const open = deliveries?.some(({ id, status }) => id === polled.id && status === 'pending')
    if (!open || polled.polls >= maxPolls) return
    const timer = setTimeout(
      () => {
        setPolled(({ id, polls }) => ({ id, polls: polls + 1 }))
        reload()
      },
      polled.polls === 0 ? firstPollMs : pollMs,
    )
    return () => clearTimeout(timer)
  }, [deliveries, polled.id])
  const poll = useCallback((delivery: Delivery) => {
    setPolled({ id: delivery.id, polls: 0 })
    setDeliveries(now => {
      const isListed = now?.some(({ id }) => id === delivery.id)
      if (!isListed) return [delivery, ...(now ?? [])]
      return now?.map(one => (one.id === delivery.id ? delivery : one))
    })
  }, [])
  return { deliveries, error: loaded.state === 'failed' ? loaded.error : undefined, reload, poll }
}
