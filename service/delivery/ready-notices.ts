import { setTimeout } from 'node:timers/promises'
import Type from 'typebox'
import Value from 'typebox/value'
import type { Queue } from '../queue/queue.ts'

const topic = 'derivative'

/** Names the key only: subscribers look its state up in the store and the database. */
const ReadyNotice = Type.Object({ key: Type.String() })

/**
 * Notifies every process that the work on a derivative has ended: it is stored, or its job has failed.
 */
export class ReadyNotices {
  readonly #queue: Queue
  readonly #subscriptions = new Map<string, Set<ReadySubscription>>()
  readonly #unsubscribe: () => void

  /** @param onNotice receives every key that a notice names */
  constructor(queue: Queue, onNotice: (key: string) => void) {
    this.#queue = queue
    this.#unsubscribe = queue.subscribe(topic, message => {
      if (!Value.Check(ReadyNotice, message)) return
      onNotice(message.key)
      for (const subscription of this.#subscriptions.get(message.key) ?? []) subscription.notify()
    })
  }

  publish(key: string): void {
    this.#queue.broadcast(topic, { key })
  }

  /** Subscribes to the notices of one key from now on. */
  subscribe(key: string): ReadySubscription {
    const subscription: ReadySubscription = new ReadySubscription(() => this.#remove(key, subscription))
    const subscriptions = this.#subscriptions.get(key) ?? new Set()
    this.#subscriptions.set(key, subscriptions.add(subscription))
    return subscription
  }

  #remove(key: string, subscription: ReadySubscription): void {
    const subscriptions = this.#subscriptions.get(key)
    subscriptions?.delete(subscription)
    if (subscriptions?.size === 0) this.#subscriptions.delete(key)
  }

  close(): void {
    this.#unsubscribe()
  }
}

/** A subscription to the notices of one key. */
export class ReadySubscription {
  readonly close: () => void
  #isNotified = false
  #wake = () => {}

  constructor(close: () => void) {
    this.close = close
  }

  notify(): void {
    this.#isNotified = true
    this.#wake()
  }

  /**
   * Resolves at once if a notice has arrived since the last call, otherwise at the next notice or after `withinMs`
   * milliseconds.
   * @throws the signal's reason
   */
  async nextNotice(withinMs: number, signal: AbortSignal): Promise<void> {
    const notified = new AbortController()
    this.#wake = () => notified.abort()
    const waiting = AbortSignal.any([signal, notified.signal])
    if (!this.#isNotified) await setTimeout(withinMs, undefined, { signal: waiting }).catch(() => {})
    this.#isNotified = false
    signal.throwIfAborted()
  }
}
