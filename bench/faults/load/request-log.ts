/** A request that has ended. */
export interface Sample {
  readonly kind: string
  /** What was asked for; equal for requests that repeat each other. */
  readonly subject: string
  /** When it was sent and when it ended, in milliseconds of `performance.now()`. */
  readonly sent: number
  readonly ended: number
  readonly status: number
  readonly isGood: boolean
}

/** How many samples of a kind there were, by status. */
export type Counts = Readonly<Record<string, Readonly<Record<string, number>>>>

/** The requests of a fault, and those that wait for an answer. */
export class RequestLog {
  #samples: Sample[] = []
  readonly #pending = new Set<{ readonly sent: number }>()

  /** Notes that a request is sent. @returns a function that notes its end */
  begin(kind: string, subject = ''): (status: number, isGood: boolean) => void {
    const request = { sent: performance.now() }
    this.#pending.add(request)
    return (status, isGood) => {
      this.#pending.delete(request)
      this.#samples.push({ kind, subject, sent: request.sent, ended: performance.now(), status, isGood })
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

/**
 * The longest time, in milliseconds, that a client waited for a subject when it asked again until it was answered: from
 * the request until the first good answer to a request sent at that time or later. A request that was never followed by a
 * good one is left out.
 */
export function longestOutage(samples: readonly Sample[], kinds: readonly string[]): number {
  const bySubject = new Map<string, Sample[]>()
  for (const sample of samples) {
    if (!kinds.includes(sample.kind)) continue
    const group = bySubject.get(sample.subject)
    if (group) group.push(sample)
    else bySubject.set(sample.subject, [sample])
  }
  let longest = 0
  for (const group of bySubject.values()) {
    // from the last request to the first, so that the earliest good answer to later requests is known
    let served = Number.POSITIVE_INFINITY
    for (const { sent, ended, isGood } of group.toSorted((a, b) => b.sent - a.sent)) {
      if (isGood) served = Math.min(served, ended)
      if (served !== Number.POSITIVE_INFINITY) longest = Math.max(longest, served - sent)
    }
  }
  return longest
}

/** Counts samples by kind and status. */
export function countByStatus(samples: readonly Sample[]): Counts {
  const counts: Record<string, Record<string, number>> = {}
  for (const { kind, status } of samples) {
    counts[kind] ??= {}
    const ofKind = counts[kind]
    ofKind[status] = (ofKind[status] ?? 0) + 1
  }
  return counts
}
