import type { ErrorCode } from '../errors/catalogue.ts'
import type { UsageBatch, UsageDay, UsageKind, UsageTop } from '../metadata/usage-rollups.ts'

/**
 * The counters of one image and transform since the last drain. Callers keep the object and add to it directly, so that
 * a hit from memory needs no lookup.
 */
export interface RequestCounts {
  memory: number
  store: number
  miss: number
  shared: number
  /** Requests answered with something else than the derivative, such as a fallback. */
  other: number
  /** Of response bodies. */
  bytes: number
}

interface NamedCounts {
  readonly counts: RequestCounts
  readonly image: string
  readonly transform: string
  /** When a caller last asked for the counters, on the clock of `performance.now()`. */
  usedAt: number
}

interface UserCounters {
  /** By image and transform. */
  readonly named: Map<string, NamedCounts>
  /** Everything that is not counted by name. */
  readonly rest: RequestCounts
  readonly errors: Map<ErrorCode, number>
  developments: number
  cpuMs: number
  /** On the clock of `performance.now()`. */
  usedAt: number
}

/** How many names get their own counters between two drains, for one user and in total. Further names share `rest`. */
const maxNamesPerUser = 2_000
const maxNames = 50_000
/**
 * The images, transforms and derivatives of a user that are written at once: as many as are kept for a day. With fewer, the
 * counts of equally busy names would be lost at each drain.
 */
const maxTops = 1_000
/**
 * Unused counters are dropped after this long, in milliseconds: until then, a caller may add to the ones that it got.
 */
export const countsRetentionMs = 5_000
/** The longest transform name in characters. Text overlays can make it long. */
const maxNameLength = 300

const newCounts = (): RequestCounts => ({ memory: 0, store: 0, miss: 0, shared: 0, other: 0, bytes: 0 })
const newUserCounters = (): UserCounters => ({
  named: new Map(),
  rest: newCounts(),
  errors: new Map(),
  developments: 0,
  cpuMs: 0,
  usedAt: 0,
})
const requestsOf = ({ memory, store, miss, shared, other }: RequestCounts) =>
  memory + store + miss + shared + other

/**
 * Counts the usage of users in memory. Requests are counted after their signature is verified, so invented user ids cannot
 * fill the memory.
 */
export class UsageCounters {
  readonly #users = new Map<string, UserCounters>()
  #names = 0

  /** The counters of an image and transform. `transform` is the rest of the derivative's file name. */
  countsFor(userId: string, image: string, transform: string): RequestCounts {
    const { named, rest } = this.#countersOf(userId)
    const name = transform.slice(0, maxNameLength)
    const key = `${image}/${name}`
    const known = named.get(key)
    if (known) {
      known.usedAt = performance.now()
      return known.counts
    }
    if (named.size >= maxNamesPerUser || this.#names >= maxNames) return rest
    this.#names++
    const counts = newCounts()
    named.set(key, { counts, image, transform: name, usedAt: performance.now() })
    return counts
  }

  /** Counts a response that was not the requested derivative. */
  countOther(userId: string, bytes: number): void {
    const { rest } = this.#countersOf(userId)
    rest.other++
    rest.bytes += bytes
  }

  countError(userId: string, code: ErrorCode): void {
    const { errors } = this.#countersOf(userId)
    errors.set(code, (errors.get(code) ?? 0) + 1)
  }

  countRender(userId: string, ms: number): void {
    const user = this.#countersOf(userId)
    user.developments++
    user.cpuMs += ms
  }

  /** Returns the roll-up of all counters and resets them; undefined when nothing was counted. */
  drain(): Pick<UsageBatch, 'days' | 'tops'> | undefined {
    const days: UsageDay[] = []
    const tops: UsageTop[] = []
    for (const [userId, user] of this.#users) {
      const day = rollUp(userId, user)
      if (day.requests > 0 || day.developments > 0) {
        days.push(day)
        tops.push(...topsOf(userId, user))
      }
      this.#reset(userId, user)
    }
    return days.length > 0 ? { days, tops } : undefined
  }

  #countersOf(userId: string): UserCounters {
    const user = this.#users.get(userId) ?? newUserCounters()
    user.usedAt = performance.now()
    this.#users.set(userId, user)
    return user
  }

  /** Sets the counters to zero in place, because callers keep using the same objects. */
  #reset(userId: string, user: UserCounters): void {
    const expired = performance.now() - countsRetentionMs
    for (const [key, { counts, usedAt }] of user.named) {
      if (requestsOf(counts) > 0 || usedAt > expired) Object.assign(counts, newCounts())
      else {
        user.named.delete(key)
        this.#names--
      }
    }
    Object.assign(user.rest, newCounts())
    user.errors.clear()
    user.developments = 0
    user.cpuMs = 0
    if (user.named.size === 0 && user.usedAt <= expired) this.#users.delete(userId)
  }
}

function rollUp(userId: string, { named, rest, errors, developments, cpuMs }: UserCounters): UsageDay {
  const sum = { ...rest }
  for (const { counts } of named.values()) add(sum, counts)
  const failed = [...errors.values()].reduce((all, one) => all + one, 0)
  const { other: _, ...tiers } = sum
  return { userId, ...tiers, requests: requestsOf(sum) + failed, developments, cpuMs, errors: failed }
}

function add(sum: RequestCounts, counts: RequestCounts): void {
  sum.memory += counts.memory
  sum.store += counts.store
  sum.miss += counts.miss
  sum.shared += counts.shared
  sum.other += counts.other
  sum.bytes += counts.bytes
}

function topsOf(userId: string, { named, errors }: UserCounters): UsageTop[] {
  const codes = [...errors].map(([name, requests]) => ({
    userId,
    kind: 'code' as const,
    name,
    requests,
    bytes: 0,
  }))
  const kinds = ['image', 'transform', 'derivative'] as const
  return [...kinds.flatMap(kind => mostRequested(userId, kind, named)), ...codes]
}

/** The name under which counters appear in the roll-up of a kind; undefined to leave them out. */
const nameOf: Readonly<Record<Exclude<UsageKind, 'code'>, (named: NamedCounts) => string | undefined>> = {
  image: ({ image }) => image,
  transform: ({ transform }) => transform,
  derivative: ({ image, transform }) => {
    // several derivatives may share a truncated name, and an original is not a derivative
    if (transform.length === maxNameLength || transform === 'original') return undefined
    return transform.startsWith('.') ? image + transform : `${image}_${transform}`
  },
}

/** The images, transforms or derivatives with the most requests. */
function mostRequested(
  userId: string,
  kind: Exclude<UsageKind, 'code'>,
  named: UserCounters['named'],
): UsageTop[] {
  const sums = new Map<string, { requests: number; bytes: number }>()
  for (const one of named.values()) {
    const { counts } = one
    const requests = requestsOf(counts)
    const name = requests === 0 ? undefined : nameOf[kind](one)
    if (name === undefined) continue
    const known = sums.get(name) ?? { requests: 0, bytes: 0 }
    sums.set(name, { requests: known.requests + requests, bytes: known.bytes + counts.bytes })
  }
  return [...sums]
    .map(([name, sum]) => ({ userId, kind, name, ...sum }))
    .sort((one, other) => other.requests - one.requests)
    .slice(0, maxTops)
}
