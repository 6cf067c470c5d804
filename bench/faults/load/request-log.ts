import type { Reply } from './request.ts'

/** A request that has ended. */
export interface Sample {
  readonly kind: string
  /** The name of the request; repeated requests have the same. */
  readonly subject: string
  /** When it was sent and when it ended, in milliseconds of `performance.now()`. */
  readonly sent: number
  readonly ended: number
  readonly status: number
  readonly isGood: boolean
  /** Why it failed: the error of the connection, or the detail of the response. */
  readonly reason: string
}

/** How many samples of a kind there were, by their result. */
export type Counts = Readonly<Record<string, Readonly<Record<string, number>>>>

/** The requests of a fault, and those that wait for an answer. */
export class RequestLog {
  #samples: Sample[] = []
  readonly #pending = new Set<{ readonly sent: number }>()

  /** Notes that a request is sent. @returns a function that notes its end */
  begin(kind: string, subject = ''): (reply: Reply, isGood: boolean) => void {
    const request = { sent: performance.now() }
    this.#pending.add(request)
    return (reply, isGood) => {
      this.#pending.delete(request)
      const { status } = reply
      const reason = isGood ? '' : reasonOf(reply)
      const times = { sent: request.sent, ended: performance.now() }
      this.#samples.push({ kind, subject, ...times, status, isGood, reason })
    }
  }

  /** Forgets what has ended. */
  clear(): void {
    this.#samples = []
  }

  get waiting(): number {
    return this.#pending.size
  }

  get samples(): readonly Sample[] {
    return this.#samples
  }

  /** How many requests sent after a time have waited for longer than `ms`. */
  countStuck(after: number, ms: number): number {
    const now = performance.now()
    return [...this.#pending].filter(({ sent }) => sent > after && now - sent > ms).length
  }
}

/** When the last request after `after` that failed was sent, in milliseconds after it; 0 without any. */
export function lastFailure(samples: readonly Sample[], after: number): number {
  const failed = samples.filter(({ isGood, sent }) => !isGood && sent > after)
  return Math.max(0, ...failed.map(({ sent }) => sent - after))
}

/** The longest wait for an answer. */
export interface Outage {
  readonly kind: string
  readonly subject: string
  /** When the first of these requests was sent, in milliseconds of `performance.now()`. */
  readonly since: number
  /** Milliseconds. */
  readonly ms: number
}

/**
 * The longest time that a client waited for a subject when it asked again until it was answered: from the request until
 * the first good answer to a request sent at that time or later. A request that was never followed by a good one is left
 * out: then the service has not recovered.
 */
export function longestOutage(samples: readonly Sample[], kinds: readonly string[]): Outage {
  let longest: Outage = { kind: '', subject: '', since: 0, ms: 0 }
  /** When a subject was first served to requests that were sent later than the one at hand. */
  const served = new Map<string, number>()
  for (const { kind, subject, sent, ended, isGood } of samples.toSorted((a, b) => b.sent - a.sent)) {
    if (!kinds.includes(kind)) continue
    const later = served.get(subject) ?? Number.POSITIVE_INFINITY
    const first = isGood ? Math.min(later, ended) : later
    served.set(subject, first)
    if (Number.isFinite(first) && first - sent > longest.ms)
      longest = { kind, subject, since: sent, ms: first - sent }
  }
  return longest
}

function reasonOf({ status, body, error }: Reply): string {
  const detail = /"detail":"([^"]*)"/.exec(body.toString('latin1', 0, 2_000))?.[1]
  return `${status} ${error || detail || ''}`
}

/** Counts samples by kind, and by status or the reason of their failure. */
export function countByResult(samples: readonly Sample[]): Counts {
  const counts: Record<string, Record<string, number>> = {}
  for (const { kind, status, reason } of samples) {
    counts[kind] ??= {}
    const ofKind = counts[kind]
    const result = reason || String(status)
    ofKind[result] = (ofKind[result] ?? 0) + 1
  }
  return counts
}
