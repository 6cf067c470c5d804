/** A request for a derivative. */
export interface TraceRequest extends Variant {
  /** When it comes, in seconds since the beginning of the trace. */
  readonly second: number
}

/** A derivative: its number is its cache key. */
export interface Variant {
  readonly key: number
  readonly image: number
  readonly bytes: number
  /** Whether its encoding is so expensive that the first response is a stand-in. */
  readonly isExpensive: boolean
}

/** A derivative that is in the store when the trace begins. */
export interface StoredVariant extends Variant {
  /** The day of its last use; days before the trace are negative. */
  readonly lastDay: number
}

/** Requests in the order of time, and what was rendered before them. */
export interface Trace {
  readonly requests: readonly TraceRequest[]
  readonly stored: readonly StoredVariant[]
}

export const secondsOfDay = 86_400

/** A reproducible number from 0 to below 1 for a key (the finalizer of MurmurHash3, by Austin Appleby). */
export function unitOf(key: number, salt: number): number {
  let mixed = (Math.imul(key, 0x9e3779b1) ^ Math.imul(salt + 1, 0x85ebca77)) >>> 0
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32
}

/**
 * The time at which a share of the requests of a day has come, in seconds. The rate follows a sine curve, lowest at the
 * beginning; `peak` is the highest rate divided by the mean, from 1 to 2.
 */
export function createDay(peak: number): (share: number) => number {
  const steps = 1440
  const swing = peak - 1
  // the integral of 1 - swing * cos(2 pi x)
  const shares = Array.from({ length: steps + 1 }, (_, step) => {
    const x = step / steps
    return x - (swing * Math.sin(2 * Math.PI * x)) / (2 * Math.PI)
  })
  return share => {
    let [low, high] = [0, steps]
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((shares[middle] ?? 0) <= share) low = middle
      else high = middle
    }
    const [from = 0, to = 1] = [shares[low], shares[high]]
    return ((low + (share - from) / (to - from)) / steps) * secondsOfDay
  }
}
