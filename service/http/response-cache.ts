import type { IncomingMessage, ServerResponse } from 'node:http'
import { LRUCache } from 'lru-cache'
import type { RequestRateLimiter } from '../access/request-rate-limiter.ts'
import { revalidateAfterMs } from '../cache/freshness.ts'
import type { TieredCache } from '../cache/tiered-cache.ts'
import type { DerivativeResponse } from '../delivery/deliver.ts'
import type { TagHeaders } from '../edge/surrogate-keys.ts'
import { type AcceptedTypes, type ContentTraits, chooseFormat } from '../plan/format-choice.ts'
import type { OutputFormat } from '../plan/formats.ts'
import type { RequestCounts } from '../usage/usage-counters.ts'
import { imageHeaders, matchesEtag } from './image-headers.ts'
import { readAccept } from './negotiation.ts'

/** A path may have 1,024 bytes, and what is signed of the query needs some 150. */
const maxUrlLength = 1_200

/** A response ready to be sent. */
interface Prepared {
  /** Names the bytes without holding them: the memory tier alone decides what stays in memory. */
  readonly key: string
  readonly etag: string
  readonly headers: string[]
  readonly notModified: string[]
  readonly validUntilMs: number
  /** Whose and what it counts as. */
  readonly count: RequestCounts
  /** Whose requests a second are counted, where they are limited. */
  readonly counted: { readonly userId: string; readonly perSecond: number } | undefined
}

/** The responses of a URL: one, or of `auto` one a format, whatever a client may write into its `Accept`. */
interface Entry {
  readonly content: ContentTraits | undefined
  readonly byFormat: Partial<Record<OutputFormat, Prepared>>
  readonly last: Prepared
}

export interface ResponseCacheParts {
  readonly cache: TieredCache
  readonly tagHeaders: TagHeaders
  readonly rates: Pick<RequestRateLimiter, 'tryTake'>
}

/**
 * Answers a URL that was verified a moment ago from memory, before routing: no parsing of it, no HMAC, headers prepared
 * once; of `auto` the format is chosen as ever. Only plain GET and HEAD of derivatives that client hints have no say in
 * come here.
 */
export class ResponseCache {
  readonly #cache: TieredCache
  readonly #tagHeaders: TagHeaders
  readonly #rates: Pick<RequestRateLimiter, 'tryTake'>
  readonly #entries = new LRUCache<string, Entry>({ max: 20_000 })
  /** Browsers send a handful of them. */
  readonly #accepted = new LRUCache<string, AcceptedTypes>({
    max: 100,
    memoMethod: header => readAccept(header),
  })

  constructor({ cache, tagHeaders, rates }: ResponseCacheParts) {
    this.#cache = cache
    this.#tagHeaders = tagHeaders
    this.#rates = rates
  }

  /** Answers the request if it can; otherwise it is the router's. */
  answer(request: IncomingMessage, response: ServerResponse): boolean {
    const prepared = this.#find(request)
    if (prepared === undefined || Date.now() >= prepared.validUntilMs) return false
    // what was purged or evicted from memory is not answered from here, and what is asked for stays young there
    const derivative = this.#cache.getFromMemory(prepared.key)
    if (derivative === undefined || derivative.etag !== prepared.etag) return false
    const { method } = request
    if (method !== 'GET' && method !== 'HEAD') return false
    // the long way says why one is refused
    const { counted } = prepared
    if (counted && !this.#rates.tryTake(counted.userId, counted.perSecond)) return false
    prepared.count.memory++
    const known = request.headers['if-none-match']
    if (known !== undefined && matchesEtag(known, prepared.etag)) {
      response.writeHead(304, prepared.notModified).end()
    } else {
      response.writeHead(200, prepared.headers)
      if (method === 'HEAD') response.end()
      else {
        prepared.count.bytes += derivative.data.length
        response.end(derivative.data)
      }
    }
    return true
  }

  #find({ url = '', headers }: IncomingMessage): Prepared | undefined {
    const entry = this.#entries.get(url)
    if (entry?.content === undefined) return entry?.last
    const accepted = this.#accepted.memo(headers.accept ?? '')
    return entry.byFormat[chooseFormat('auto', accepted, entry.content)]
  }

  /** Prepares the answer to the next requests of this URL. */
  prepare(rawUrl: string, delivered: DerivativeResponse, count: RequestCounts): void {
    const { derivative, grant, imageId, vary, format, content } = delivered
    // parameters that mean nothing would make a thousand entries of one picture
    if (derivative === undefined || rawUrl.length > maxUrlLength) return
    // hints would have to be read and the steps printed anew: that is what the long way does
    if (vary.some(name => name !== 'Accept')) return
    const expiresMs = grant.expires === undefined ? Number.POSITIVE_INFINITY : grant.expires * 1000
    const validUntilMs = Math.min(Date.now() + revalidateAfterMs, expiresMs)
    const about = {
      ...delivered,
      userId: grant.userId,
      imageId,
      expires: grant.expires,
      tier: 'memory',
      timings: {},
    }
    const perSecond = grant.limits?.requestsPerSecond
    // the age of the last moment at which these headers are sent
    const { 'content-type': type = '', ...common } = imageHeaders(about, validUntilMs, this.#tagHeaders)
    const length = String(derivative.data.length)
    const last: Prepared = {
      key: derivative.key,
      etag: derivative.etag,
      headers: Object.entries({ 'content-type': type, 'content-length': length, ...common }).flat(),
      notModified: Object.entries(common).flat(),
      validUntilMs,
      count,
      counted: perSecond === undefined ? undefined : { userId: grant.userId, perSecond },
    }
    const byFormat = { ...this.#entries.peek(rawUrl)?.byFormat, [format]: last }
    this.#entries.set(rawUrl, { content, byFormat, last })
  }
}
