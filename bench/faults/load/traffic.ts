import { setTimeout } from 'node:timers/promises'
import { type Kind, kinds, type Load } from './kinds.ts'

/** How many requests of a kind may wait for an answer; further ones are not sent. */
const mostWaiting = 400

/** Requests of all kinds at their rates. */
export class Traffic {
  readonly #load: Load
  readonly #counts = new Map<string, number>()
  #stopping: AbortController | undefined
  #sending: Promise<unknown> = Promise.resolve()
  readonly #waiting = new Set<Promise<unknown>>()
  /** Errors of this program. */
  readonly errors: unknown[] = []

  constructor(load: Load) {
    this.#load = load
  }

  /** @param share of the usual rates */
  start(share: number): void {
    const stopping = new AbortController()
    this.#stopping = stopping
    const sending = Object.entries(kinds).map(([name, kind]) =>
      this.#repeat(name, kind, share, stopping.signal),
    )
    this.#sending = Promise.all(sending)
  }

  /** Sends nothing more, and waits for the answers, which have a time limit. */
  async stop(): Promise<void> {
    this.#stopping?.abort()
    await this.#sending
    await Promise.all(this.#waiting)
  }

  async #repeat(name: string, kind: Kind, share: number, signal: AbortSignal): Promise<void> {
    const start = performance.now()
    const pauseMs = 1000 / (kind.perSecond * share)
    let waiting = 0
    for (let turn = 1; !signal.aborted; turn++) {
      const count = this.#counts.get(name) ?? 0
      if (waiting < mostWaiting) {
        this.#counts.set(name, count + 1)
        waiting++
        const sent: Promise<unknown> = kind
          .send(this.#load, count, signal)
          .catch(error => void this.errors.push(error))
          .finally(() => {
            waiting--
            this.#waiting.delete(sent)
          })
        this.#waiting.add(sent)
      }
      const rest = start + turn * pauseMs - performance.now()
      await setTimeout(Math.max(1, rest), undefined, { signal }).catch(() => {})
    }
  }
}
