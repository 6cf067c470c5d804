import { useCallback, useEffect, useState } from 'preact/hooks'
import { api } from '../../api.ts'
import type { Delivery } from '../../api-types.ts'
import { useLoaded } from '../../use-loaded.ts'

/** How often it is looked after what somebody waits for, in milliseconds, and how many times at most. */
const pauseMs = 2_000
const mostLooks = 15

/** The deliveries of a webhook; one that was ordered again is looked after for a while. */
export function useDeliveries(webhookId: string) {
  const [loaded, look] = useLoaded(signal => api.deliveries(webhookId, signal), [webhookId])
  const [found, setFound] = useState<readonly Delivery[] | undefined>(undefined)
  const [awaited, setAwaited] = useState({ id: '', looks: 0 })
  useEffect(() => {
    // what is there stays while it is looked at again
    if (loaded.state === 'loaded') setFound(loaded.value.items)
  }, [loaded])
  useEffect(() => {
    const open = found?.some(({ id, status }) => id === awaited.id && status === 'pending')
    if (!open || awaited.looks >= mostLooks) return
    const timer = setTimeout(() => {
      setAwaited(({ id, looks }) => ({ id, looks: looks + 1 }))
      look()
    }, pauseMs)
    return () => clearTimeout(timer)
  }, [found, awaited.id])
  const expect = useCallback((delivery: Delivery) => {
    setAwaited({ id: delivery.id, looks: 0 })
    setFound(now => now?.map(one => (one.id === delivery.id ? delivery : one)))
  }, [])
  return { found, error: loaded.state === 'failed' ? loaded.error : undefined, look, expect }
}
