import type { ErrorCode } from '../errors/catalogue.ts'
import type { UsageBatch, UsageDay, UsageKind, UsageTop } from '../metadata/usage-rollups.ts'

/**
 * What is counted of one picture of a user since the last time. Whoever answers adds to the numbers himself: a hit from
 * memory costs no look-up for it.
 */
export interface RequestCounts {
  memory: number
  store: number
  miss: number
  shared: number
  /** Answers that were not the picture: there is none yet, or another one in its place. */
  other: number
  /** Of bodies. */
  bytes: number
}

interface Named {
  readonly count: RequestCounts
  readonly image: string
  readonly transform: string
  /** When it was last given out, on the clock of `performance.now()`. */
  givenAt: number
}

interface UserTally {
  /** By image and transform. */
  readonly named: Map<string, Named>
  /** Whatever has no name of its own. */
  readonly rest: RequestCounts
  readonly errors: Map<ErrorCode, number>
  developments: number
  cpuMs: number
  /** As `givenAt`. */
  usedAt: number
}

/** How many pictures of a user, and of all, are told apart between two drains: beyond it only their sums are known. */
const mostOfUser = 2_000
const mostOfAll = 50_000
/** How many images, transforms and derivatives of a user a batch names. */
const mostTold = 200
/** A picture that was not asked for is forgotten, but not while an answer that was prepared may still count, in milliseconds. */
const heldMs = 5_000
/** Of a transform's name, in characters: texts that are painted in may be long. */
const maxName = 300

const newCount = (): RequestCounts => ({ memory: 0, store: 0, miss: 0, shared: 0, other: 0, bytes: 0 })
const newUser = (): UserTally => ({
  named: new Map(),
  rest: newCount(),
  errors: new Map(),
  developments: 0,
  cpuMs: 0,
  usedAt: 0,
})
const requestsOf = ({ memory, store, miss, shared, other }: RequestCounts) =>
  memory + store + miss + shared + other

/** Counts what users use, in memory. Only users whose URLs were verified come here, so there are no more than exist. */
export class UsageCounters {
  readonly #users = new Map<string, UserTally>()
  #told = 0

  /** The numbers of a picture; `transform` is what its file's name says besides the image. */
  countsFor(userId: string, image: string, transform: string): RequestCounts {
    const { named, rest } = this.#of(userId)
    const name = transform.slice(0, maxName)
    const key = `${image}/${name}`
    const known = named.get(key)
    if (known) {
      known.givenAt = performance.now()
      return known.count
    }
    if (named.size >= mostOfUser || this.#told >= mostOfAll) return rest
    this.#told++
    const count = newCount()
    named.set(key, { count, image, transform: name, givenAt: performance.now() })
    return count
  }

  /** An answer that was not the picture that was asked for. */
  countOther(userId: string, bytes: number): void {
    const { rest } = this.#of(userId)
    rest.other++
    rest.bytes += bytes
  }

  countError(userId: string, code: ErrorCode): void {
    const { errors } = this.#of(userId)
    errors.set(code, (errors.get(code) ?? 0) + 1)
  }

  countRender(userId: string, ms: number): void {
    const user = this.#of(userId)
    user.developments++
    user.cpuMs += ms
  }

  /** Takes out what was counted; undefined for nothing. */
  drain(): Pick<UsageBatch, 'days' | 'tops'> | undefined {
    const days: UsageDay[] = []
    const tops: UsageTop[] = []
    for (const [userId, user] of this.#users) {
      const day = sumOf(userId, user)
      if (day.requests > 0 || day.developments > 0) {
        days.push(day)
        tops.push(...topsOf(userId, user))
      }
      this.#reset(userId, user)
    }
    return days.length > 0 ? { days, tops } : undefined
  }

  #of(userId: string): UserTally {
    const user = this.#users.get(userId) ?? newUser()
    user.usedAt = performance.now()
    this.#users.set(userId, user)
    return user
  }

  /** The very numbers go on to be used, by whoever holds them. */
  #reset(userId: string, user: UserTally): void {
    const old = performance.now() - heldMs
    for (const [key, { count, givenAt }] of user.named) {
      if (requestsOf(count) > 0 || givenAt > old) Object.assign(count, newCount())
      else {
        user.named.delete(key)
        this.#told--
      }
    }
    Object.assign(user.rest, newCount())
    user.errors.clear()
    user.developments = 0
    user.cpuMs = 0
    if (user.named.size === 0 && user.usedAt <= old) this.#users.delete(userId)
  }
}

function sumOf(userId: string, { named, rest, errors, developments, cpuMs }: UserTally): UsageDay {
  const sum = { ...rest }
  for (const { count } of named.values()) add(sum, count)
  const failed = [...errors.values()].reduce((all, one) => all + one, 0)
  const { other: _, ...told } = sum
  return { userId, ...told, requests: requestsOf(sum) + failed, developments, cpuMs, errors: failed }
}

function add(sum: RequestCounts, count: RequestCounts): void {
  sum.memory += count.memory
  sum.store += count.store
  sum.miss += count.miss
  sum.shared += count.shared
  sum.other += count.other
  sum.bytes += count.bytes
}

function topsOf(userId: string, { named, errors }: UserTally): UsageTop[] {
  const codes = [...errors].map(([name, requests]) => ({
    userId,
    kind: 'code' as const,
    name,
    requests,
    bytes: 0,
  }))
  const kinds = ['image', 'transform', 'derivative'] as const
  return [...kinds.flatMap(kind => most(userId, kind, named)), ...codes]
}

/** What a picture is called by; undefined where that says too little. */
const nameOf: Readonly<Record<Exclude<UsageKind, 'code'>, (named: Named) => string | undefined>> = {
  image: ({ image }) => image,
  transform: ({ transform }) => transform,
  derivative: ({ image, transform }) => {
    // several may begin alike, and an original is none
    if (transform.length === maxName || transform === 'original') return undefined
    return transform.startsWith('.') ? image + transform : `${image}_${transform}`
  },
}

/** The images, transforms or derivatives with the most requests. */
function most(userId: string, kind: Exclude<UsageKind, 'code'>, named: UserTally['named']): UsageTop[] {
  const sums = new Map<string, { requests: number; bytes: number }>()
  for (const one of named.values()) {
    const { count } = one
    const requests = requestsOf(count)
    const name = requests === 0 ? undefined : nameOf[kind](one)
    if (name === undefined) continue
    const known = sums.get(name) ?? { requests: 0, bytes: 0 }
    sums.set(name, { requests: known.requests + requests, bytes: known.bytes + count.bytes })
  }
  return [...sums]
    .map(([name, sum]) => ({ userId, kind, name, ...sum }))
    .sort((one, other) => other.requests - one.requests)
    .slice(0, mostTold)
}
