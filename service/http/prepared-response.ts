import type { ServerResponse } from 'node:http'
import type { Grant } from '../access/verifier.ts'
import { accountKey, type ChangeLog, imageKeys, type Mark, type Reading } from '../cache/change-log.ts'
import { coveredMs, effectMs, revalidateAfterMs } from '../cache/freshness.ts'
import type { Derivative, Variant } from '../cache/memory-tier.ts'
import type { DerivativeResponse } from '../delivery/deliver.ts'
import type { ImageResponse } from '../delivery/image-response.ts'
import type { TagHeaders } from '../edge/surrogate-keys.ts'
import { countsRetentionMs, type RequestCounts } from '../usage/usage-counters.ts'
import type { UsageRecorder } from '../usage/usage-recorder.ts'
import { type CrossOriginAccess, withOrigin } from './cross-origin.ts'
import { imageHeaders, serverTiming, serverTimingName } from './image-headers.ts'
import { PrintedHead } from './printed-head.ts'
import { countsOf } from './response-usage.ts'

/** How long before a response may no longer be sent it is prepared anew, in milliseconds, without notices of changes. */
const renewMs = 250

export interface PreparationParts {
  readonly changes: ChangeLog
  readonly usage: Pick<UsageRecorder, 'countsFor'>
  readonly tagHeaders: TagHeaders
  readonly crossOrigin: CrossOriginAccess
}

/** A delivered response with its grant. */
export interface Delivered {
  readonly response: DerivativeResponse
  readonly grant: Grant
  /** Taken from the change log before the request was verified. */
  readonly mark: Mark
}

/**
 * A response ready to be sent, as long as the rows that it was made of have not changed. It names the bytes without
 * holding them: the memory tier alone decides what stays in memory.
 */
export class PreparedResponse implements Reading {
  readonly key: string
  readonly etag: string
  readonly variant: Variant
  readonly position: number
  readonly slots: readonly number[]
  /** The user's limit of requests per second; undefined without one. */
  readonly rate: { readonly userId: string; readonly perSecond: number } | undefined
  readonly #parts: PreparationParts
  readonly #response: ImageResponse
  readonly #bytes: number
  /** Whether the database notifies of every change of these rows. */
  readonly #isWatched: boolean
  /** Until when it may be sent without notices of changes. */
  readonly #uncoveredUntil: number
  /** When one request prepares it anew without notices of changes, so that the others need not wait. */
  #renewAt: number
  #freshUntil = performance.now() + coveredMs
  /** In Unix milliseconds; infinite for never. */
  readonly #expiresMs: number
  /** Until when the headers are right, in Unix milliseconds; infinite if they do not depend on the time. */
  #headersUntilMs = 0
  #headers: string[] = []
  #notModified: string[] = []
  /** Those of a response from the store, but for the one that says how long the store took. */
  #stored: string[] = []
  readonly #head = new PrintedHead()
  #counts: RequestCounts
  #countsFrom = performance.now()
  #checkedAt = this.#countsFrom

  constructor(
    parts: PreparationParts,
    { key, etag, variant, data }: Derivative,
    { response, grant: { userId, expires, limits }, mark }: Delivered,
  ) {
    const { changes } = parts
    const { imageIds, isWatched, derivative: _, ...facts } = response
    const keys = [accountKey(userId), ...imageIds.flatMap(id => imageKeys(userId, id))]
    this.#parts = parts
    this.key = key
    this.etag = etag
    this.variant = variant
    this.#bytes = data.length
    this.#response = { ...facts, cacheStatus: 'memory', timings: {} }
    this.position = mark.position
    this.#uncoveredUntil = mark.asOf + effectMs
    this.#renewAt = this.#uncoveredUntil - renewMs
    this.slots = [...new Set(keys.map(each => changes.slotOf(each)))]
    this.#isWatched = isWatched && changes.isCoverable(mark)
    this.#expiresMs = expires === undefined ? Number.POSITIVE_INFINITY : expires * 1000
    const perSecond = limits?.requestsPerSecond
    this.rate = perSecond === undefined ? undefined : { userId, perSecond }
    this.#counts = countsOf(parts.usage, this.#response)
  }

  /**
   * Whether the response may be sent. Before it no longer may, it answers false to one request, which prepares the response
   * anew while others are still answered with this one: once a minute, and without notices of changes two or three times a second.
   */
  isFresh(): boolean {
    const { changes } = this.#parts
    if (changes.hasChanged(this) || hasPassed(this.#expiresMs)) return false
    const now = performance.now()
    this.#checkedAt = now
    if (!changes.isCovered(this.position, now) || !this.#isWatched) return this.#isFreshWithoutNotices(now)
    if (now < this.#freshUntil) return true
    this.#freshUntil = now + revalidateAfterMs
    return false
  }

  /** Whether the response, which was fresh, may still be sent after its body was read from the store. */
  mayStillBeSent(): boolean {
    const { changes } = this.#parts
    if (changes.hasChanged(this) || hasPassed(this.#expiresMs)) return false
    const now = performance.now()
    this.#checkedAt = now
    return (changes.isCovered(this.position, now) && this.#isWatched) || now < this.#uncoveredUntil
  }

  #isFreshWithoutNotices(now: number): boolean {
    if (now < this.#renewAt) return true
    this.#renewAt = this.#uncoveredUntil
    return false
  }

  /** Writes the head of a response with a body, if the response is fresh. */
  writeHead(response: ServerResponse): void {
    this.#head.write(response, this.headers, this.#checkedAt)
  }

  /** The headers of a response with a body, as names and values in turn. */
  get headers(): string[] {
    this.#prepareHeaders()
    return this.#headers
  }

  /** The headers of a response whose body was read from the store in `ms` milliseconds. */
  storedHeaders(ms: number): string[] {
    this.#prepareHeaders()
    return [...this.#stored, serverTimingName, serverTiming('store', { store: ms })]
  }

  /** The derivative with these bytes, which have the entity tag of the response. */
  derivativeOf(data: Buffer): Derivative {
    const { key, etag, variant } = this
    return { key, etag, variant, data, contentType: this.#response.contentType }
  }

  /** The headers of a 304 response. */
  get notModifiedHeaders(): string[] {
    this.#prepareHeaders()
    return this.#notModified
  }

  /** When the response was last found fresh, on the clock of `performance.now()`: about when its request arrived. */
  get checkedAt(): number {
    return this.#checkedAt
  }

  /** The counter of usage that the response adds to, if it is fresh. */
  get counts(): RequestCounts {
    const now = this.#checkedAt
    if (now - this.#countsFrom >= countsRetentionMs) {
      this.#counts = countsOf(this.#parts.usage, this.#response)
      this.#countsFrom = now
    }
    return this.#counts
  }

  /** Prints the headers, again after half a second if they say when the URL expires. */
  #prepareHeaders(): void {
    if (!hasPassed(this.#headersUntilMs)) return
    const expires = this.#expiresMs
    // `max-age` is computed for the last moment at which these headers may be sent, so it is never too long
    const lastMs = Math.min(Date.now() + revalidateAfterMs, expires)
    const common = this.#commonHeaders(this.#response, lastMs)
    this.#headers = Object.entries({ ...this.#entityHeaders(), ...common }).flat()
    this.#notModified = Object.entries(common).flat()
    const { [serverTimingName]: _, ...stored } = this.#commonHeaders(
      { ...this.#response, cacheStatus: 'store' },
      lastMs,
    )
    this.#stored = Object.entries({ ...this.#entityHeaders(), ...stored }).flat()
    this.#headersUntilMs = expires === Number.POSITIVE_INFINITY ? expires : lastMs
  }

  #entityHeaders() {
    return { 'content-type': this.#response.contentType, 'content-length': String(this.#bytes) }
  }

  #commonHeaders(response: ImageResponse, nowMs: number): Record<string, string> {
    const { tagHeaders, crossOrigin } = this.#parts
    const image = imageHeaders(response, nowMs, tagHeaders)
    const vary = withOrigin(crossOrigin, image.vary)
    return { ...image, ...crossOrigin.headers, ...(vary !== undefined && { vary }) }
  }
}

/** Whether a time in Unix milliseconds has passed. Most URLs never expire, and this runs for every hit from memory. */
const hasPassed = (ms: number) => ms !== Number.POSITIVE_INFINITY && Date.now() >= ms
