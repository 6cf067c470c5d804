import { setTimeout } from 'node:timers/promises'
import Type from 'typebox'
import Value from 'typebox/value'
import type { Queue } from '../queue/queue.ts'

const topic = 'derivative'

/** Says no more than that something became of a key: what it is, the store and the database tell. */
const ReadyNotice = Type.Object({ key: Type.String() })

/** Somebody who waits for news of one key. */
export interface ReadySubscription {
  /** Resolves when something became of the key since the last call, or after so many milliseconds. @throws the signal's reason */
  nextNotice(withinMs: number, signal: AbortSignal): Promise<void>
  close(): void
}

/** Tells every process that something became of a derivative: it is in the store, or its job was given up. */
export interface ReadyNotices {
  publish(key: string): void
  /** Hears of what is announced from now on. */
  subscribe(key: string): ReadySubscription
  close(): void
}

/** @param hear is told of every key that something became of */
export function createReadyNotices(queue: Queue, hear: (key: string) => void): ReadyNotices {
  const wakers = new Map<string, Set<() => void>>()
  const end = queue.subscribe(topic, message => {
    if (!Value.Check(ReadyNotice, message)) return
    hear(message.key)
    for (const wake of wakers.get(message.key) ?? []) wake()
  })
  const add = (key: string, hear: () => void) => {
    const all = wakers.get(key) ?? new Set()
    wakers.set(key, all.add(hear))
  }
  const remove = (key: string, hear: () => void) => {
    const all = wakers.get(key)
    all?.delete(hear)
    if (all?.size === 0) wakers.delete(key)
  }
  return {
    publish: key => queue.broadcast(topic, { key }),
    subscribe(key) {
      let heard = false
      let wake = () => {}
      const hear = () => {
        heard = true
        wake()
      }
      add(key, hear)
      return {
        async nextNotice(withinMs, signal) {
          const enough = new AbortController()
          wake = () => enough.abort()
          const waited = AbortSignal.any([signal, enough.signal])
          if (!heard) await setTimeout(withinMs, undefined, { signal: waited }).catch(() => {})
          heard = false
          signal.throwIfAborted()
        },
        close: () => remove(key, hear),
      }
    },
    close: end,
  }
}
