import { confirmedMs, revalidateAfterMs } from './freshness.ts'

/** The state of the change log before rows were read. */
export interface Mark {
  /** The number of the last change then. */
  readonly position: number
  /** How many reads without notices there were then. */
  readonly uncovered: number
  /** Rows that caches serve from then on were current at this time, on the clock of `performance.now()`. */
  readonly asOf: number
}

/** When a value was read, and what it was made of. */
export interface Reading {
  /** The number of the last change before the value was read. */
  readonly position: number
  /** The slots of the keys of all rows that the value was made of. */
  readonly slots: readonly number[]
}

/** The part of `ChangeLog` that caches of rows need. */
export type Changes = Pick<ChangeLog, 'position' | 'slotOf' | 'hasChanged' | 'isCovered' | 'countRead'>

/** A power of two. 131,072 numbers take 1 MiB. */
const slotCount = 2 ** 17

/**
 * The key of all rows of a user's account: the user, the signing keys, the presets and the policies. They change
 * rarely, so they share one.
 */
export const accountKey = (userId: string) => userId
/** The keys of a preset or a policy, which caches name `<userId>/<name>`. */
export const keysOfNamed = (name: string) => [accountKey(name.split('/', 1)[0] ?? '')]
/** The keys of an image: its own, and that of all images of the user. */
export const imageKeys = (userId: string, imageId: string) => [`${userId}/${imageId}`, `${userId}/`]

/**
 * Remembers which rows have changed, as the database notifies this process of it, so that caches need not read rows
 * again that have not.
 *
 * Each change has a number. A reader takes the number of the last change before it reads, and a value is outdated if one
 * of its rows has a later change, also if the notice arrived while the value was being read. Keys are hashed to a fixed
 * number of slots, each with the number of its last change: so memory is constant, however much changes, and two keys in
 * one slot only cause a needless read.
 *
 * No notice means no change only while notices arrive. The process therefore notifies itself (`change-listener.ts`): once
 * that notice is back, those of all earlier commits have arrived. A value is covered if the last such notice was
 * sent less than `confirmedMs` ago, and if the process was listening when the value was read. Otherwise caches read
 * again after half a second, so a change takes effect within a second in either case.
 */
export class ChangeLog {
  readonly #lastChanges = new Float64Array(slotCount)
  /** Differs by process, so that requests cannot be made to fill one slot everywhere. */
  readonly #seed = Math.floor(Math.random() * 2 ** 32)
  #position = 1
  #allChanged = 0
  #listeningSince = Number.POSITIVE_INFINITY
  #confirmedAt = Number.NEGATIVE_INFINITY
  #askedAt = Number.NEGATIVE_INFINITY
  #uncovered = 0

  /** The number of the last change. */
  get position(): number {
    return this.#position
  }

  /** To be taken before the rows are read that a response is made of. */
  mark(): Mark {
    const now = performance.now()
    const readAfter = now - revalidateAfterMs
    const asOf = this.#isConfirmed(now) ? Math.min(this.#confirmedAt, readAfter) : readAfter
    return { position: this.#position, uncovered: this.#uncovered, asOf }
  }

  /** The slot of a key: 32-bit FNV-1a. */
  slotOf(key: string): number {
    let hash = this.#seed
    for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193)
    return (hash ^ (hash >>> 15)) & (slotCount - 1)
  }

  /** Whether a row of the value has changed since it was read. */
  hasChanged({ position, slots }: Reading): boolean {
    if (position === this.#position) return false
    if (this.#allChanged > position) return true
    // a loop, because this runs for every hit from memory
    for (const slot of slots) if ((this.#lastChanges[slot] ?? 0) > position) return true
    return false
  }

  /**
   * Whether a change of the rows that were read at this position would have arrived by now, if it was made more than
   * `confirmedMs` ago. `now` is on the clock of `performance.now()`.
   */
  isCovered(position: number, now: number): boolean {
    this.#askedAt = now
    return position >= this.#listeningSince && this.#isConfirmed(now)
  }

  /** Counts the use of a row. A response that was made of a row from before the listening must not count as covered. */
  countRead(position: number): void {
    if (position < this.#listeningSince) this.#uncovered++
  }

  /** Whether all rows that were read since the mark were read while the process was listening. */
  isCoverable({ position, uncovered }: Mark): boolean {
    return position >= this.#listeningSince && uncovered === this.#uncovered
  }

  /** Whether a cache has asked for coverage within the last `ms` milliseconds. */
  isInUse(ms: number): boolean {
    return performance.now() - this.#askedAt < ms
  }

  /** Whether notices arrive now, for metrics. */
  get isCurrent(): boolean {
    return this.#isConfirmed(performance.now())
  }

  /** Every change from now on will be recorded. Values that were read earlier stay uncovered. */
  listening(): void {
    this.#listeningSince = ++this.#position
  }

  /** Changes may be missed from now on. */
  lost(): void {
    this.#listeningSince = Number.POSITIVE_INFINITY
    this.#confirmedAt = Number.NEGATIVE_INFINITY
  }

  /**
   * Every change that was committed before `at`, on the clock of `performance.now()`, was recorded. After a pause, one that
   * is late does not count, so that `asOf` of a mark from before it stays right.
   */
  confirm(at: number, now = performance.now()): void {
    if (this.#isConfirmed(now) || now - at < revalidateAfterMs)
      this.#confirmedAt = Math.max(this.#confirmedAt, at)
  }

  /** Records changes of the rows with these keys. */
  record(keys: readonly string[]): void {
    const position = ++this.#position
    for (const key of keys) this.#lastChanges[this.slotOf(key)] = position
  }

  #isConfirmed(now: number): boolean {
    return now - this.#confirmedAt < confirmedMs
  }

  /** Records a change of too many rows to name them. */
  recordAll(): void {
    this.#allChanged = ++this.#position
  }
}

/** For caches of rows whose changes the database does not notify of. */
export const noChanges: Changes = {
  position: 0,
  slotOf: () => 0,
  hasChanged: () => false,
  isCovered: () => false,
  countRead: () => {},
}
