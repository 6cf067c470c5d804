import { LRUCache } from 'lru-cache'
import { memorySizeOf, standinMs } from '../../service/cache/memory-tier.ts'
import { keptShare, limitOf } from '../../service/removal/derivative-eviction.ts'
import { type StoredVariant, secondsOfDay, type Variant } from './trace.ts'

/** The length of a usual object key: `processed/<userId>/<imageId>_resize_w-640.avif`. */
const keyLength = 60

/** A derivative as it is held or stored. */
export interface Held {
  readonly bytes: number
  readonly isFinal: boolean
}

interface MemoryEntry extends Held {
  /** When a stand-in has to be checked against the store, in seconds. */
  readonly freshUntil: number
}

/** The memory tier of a process, as `service/cache/memory-tier.ts` works, on the clock of the trace. */
export class SimulatedMemory {
  readonly #entries: LRUCache<number, MemoryEntry>

  constructor(maxBytes: number) {
    this.#entries = new LRUCache({
      maxSize: Math.max(1, Math.round(maxBytes)),
      sizeCalculation: ({ bytes }) => memorySizeOf(bytes, keyLength),
    })
  }

  get(key: number, second: number): Held | undefined {
    const entry = this.#entries.get(key)
    return entry && (entry.isFinal || second < entry.freshUntil) ? entry : undefined
  }

  set(key: number, held: Held, second: number): void {
    this.#entries.set(key, { ...held, freshUntil: second + standinMs / 1000 })
  }

  /** A notice says that the stand-in was replaced. */
  expireStandin(key: number): void {
    const entry = this.#entries.peek(key)
    if (entry && !entry.isFinal) this.#entries.set(key, { ...entry, freshUntil: 0 })
  }
}

interface StoreEntry extends Held {
  lastDay: number
}

/** The object store, with the budget of `DARKROOM_STORE_MAX_GB`. */
export class SimulatedStore {
  readonly #entries = new Map<number, StoreEntry>()
  readonly #maxBytes: number
  #bytes = 0
  #evicted = 0

  constructor(stored: readonly StoredVariant[], maxBytes = Number.POSITIVE_INFINITY) {
    this.#maxBytes = maxBytes
    for (const { key, bytes, lastDay } of stored) this.put(key, { bytes, isFinal: true }, lastDay)
    this.evict()
  }

  get bytes(): number {
    return this.#bytes
  }

  get count(): number {
    return this.#entries.size
  }

  get evicted(): number {
    return this.#evicted
  }

  read(key: number): Held | undefined {
    return this.#entries.get(key)
  }

  /** Notes the use of a derivative, from whichever tier. */
  use(key: number, day: number): void {
    const entry = this.#entries.get(key)
    if (entry) entry.lastDay = day
  }

  put(key: number, { bytes, isFinal }: Held, day: number): void {
    this.#bytes += bytes - (this.#entries.get(key)?.bytes ?? 0)
    this.#entries.set(key, { bytes, isFinal, lastDay: day })
  }

  /** What the hourly task does: above the budget, derivatives with the earliest days of use go. */
  evict(): void {
    if (this.#bytes <= this.#maxBytes) return
    const days: Record<string, number> = {}
    for (const { lastDay, bytes } of this.#entries.values()) {
      const name = nameOfDay(lastDay)
      days[name] = (days[name] ?? 0) + bytes
    }
    const { lastDay, rest } = limitOf(days, this.#bytes - this.#maxBytes * keptShare)
    let left = rest
    for (const [key, entry] of this.#entries) {
      const name = nameOfDay(entry.lastDay)
      if (name > lastDay || (name === lastDay && left <= 0)) continue
      if (name === lastDay) left -= entry.bytes
      this.#entries.delete(key)
      this.#bytes -= entry.bytes
      this.#evicted++
    }
  }
}

/** Days sort as text, so all have as many digits. Those before the trace are negative. */
const nameOfDay = (day: number) => String(day + 5_000_000)

interface EdgeEntry {
  isFinal: boolean
  storedAt: number
  usedAt: number
}

/** How a CDN keeps images: its number of locations, and how long a location keeps one after its last request. */
export interface EdgeTerms {
  readonly locations: number
  readonly hours: number
  /** Whether all locations ask one of them, which asks the origin. */
  readonly shield: boolean
}

/** How long a cache may send a stand-in without asking again, in seconds: `max-age` of docs/caching.md. */
const standinMaxAge = 60

/** A response of a CDN: from its cache, from there with a question to the origin meanwhile, or from the origin. */
export type EdgeResult = 'hit' | 'revalidate' | 'miss'

/** A CDN in front. Each request comes to one of its locations. */
export class SimulatedEdge {
  readonly #terms: EdgeTerms
  readonly #locations: Map<number, EdgeEntry>[]
  readonly #shield = new Map<number, EdgeEntry>()

  constructor(terms: EdgeTerms) {
    this.#terms = terms
    this.#locations = Array.from({ length: terms.locations }, () => new Map())
  }

  request(location: number, { key }: Variant, second: number): EdgeResult {
    const cache = this.#locations[location] ?? this.#shield
    const own = this.#look(cache, key, second)
    if (own === 'hit' || !this.#terms.shield) return own
    const shared = this.#look(this.#shield, key, second)
    if (shared !== 'hit') return shared
    const found = this.#shield.get(key)
    if (found) cache.set(key, { ...found, usedAt: second })
    return 'hit'
  }

  /** Keeps what the origin has answered. */
  keep(location: number, key: number, isFinal: boolean, second: number): void {
    const entry = { isFinal, storedAt: second, usedAt: second }
    this.#locations[location]?.set(key, entry)
    if (this.#terms.shield) this.#shield.set(key, { ...entry })
  }

  #look(cache: Map<number, EdgeEntry>, key: number, second: number): EdgeResult {
    const entry = cache.get(key)
    if (!entry || second - entry.usedAt > this.#terms.hours * 3600) return 'miss'
    entry.usedAt = second
    if (entry.isFinal || second - entry.storedAt < standinMaxAge) return 'hit'
    return second - entry.storedAt < secondsOfDay ? 'revalidate' : 'miss'
  }
}
