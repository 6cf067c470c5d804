import type { IncomingMessage, ServerResponse } from 'node:http'
import { LRUCache } from 'lru-cache'
import type { RequestRateLimiter } from '../access/request-rate-limiter.ts'
import type { Grant } from '../access/verifier.ts'
import { revalidateAfterMs } from '../cache/freshness.ts'
import { createLru } from '../cache/lru.ts'
import type { Derivative } from '../cache/memory-tier.ts'
import type { TieredCache } from '../cache/tiered-cache.ts'
import type { DerivativeResponse } from '../delivery/deliver.ts'
import { matchesEtag } from '../delivery/etag.ts'
import type { ImageResponse } from '../delivery/image-response.ts'
import type { TagHeaders } from '../edge/surrogate-keys.ts'
import { readAccept } from '../plan/accept-header.ts'
import { type AcceptedTypes, type ContentTraits, chooseFormat } from '../plan/format-choice.ts'
import type { OutputFormat } from '../plan/formats.ts'
import type { RequestCounts } from '../usage/usage-counters.ts'
import { allowedOrigin, type CrossOriginAccess, withOrigin } from './cross-origin.ts'
import { imageHeaders } from './image-headers.ts'

/** A path may have 1,024 bytes, and the signed query parameters need some 150. */
const maxUrlLength = 1_200

/** A response ready to be sent. */
interface Prepared {
  /** Names the bytes without holding them: the memory tier alone decides what stays in memory. */
  readonly key: string
  readonly etag: string
  readonly headers: string[]
  readonly notModified: string[]
  readonly validUntilMs: number
  /** The counter of usage that the response adds to. */
  readonly count: RequestCounts
  /** The user's limit of requests per second; undefined without one. */
  readonly rate: { readonly userId: string; readonly perSecond: number } | undefined
}

/** The responses of a URL: one, or with `auto` one per format, whatever clients write into `Accept`. */
interface Entry {
  readonly content: ContentTraits | undefined
  readonly byFormat: Partial<Record<OutputFormat | 'json', Prepared>>
  readonly last: Prepared
}

/** A delivered response, with the grant and the usage counter of its request. */
interface Delivered {
  readonly response: DerivativeResponse
  readonly grant: Grant
  readonly count: RequestCounts
}

export interface ResponseCacheParts {
  readonly cache: TieredCache
  readonly tagHeaders: TagHeaders
  readonly rates: Pick<RequestRateLimiter, 'tryTake'>
  readonly crossOrigin: CrossOriginAccess
}

/**
 * Responds from memory, before routing, to URLs that were verified a moment ago: without parsing, without an HMAC, with
 * headers that were prepared once. With `auto` the format is negotiated as always. Only GET and HEAD of derivatives
 * that do not depend on client hints are served here.
 */
export class ResponseCache {
  readonly #cache: TieredCache
  readonly #tagHeaders: TagHeaders
  readonly #rates: Pick<RequestRateLimiter, 'tryTake'>
  readonly #crossOrigin: CrossOriginAccess
  readonly #entries = createLru<Entry>(20_000)
  /** Parsed `Accept` headers; browsers send a handful of different ones. */
  readonly #accepted = new LRUCache<string, AcceptedTypes>({
    max: 100,
    memoMethod: header => readAccept(header),
  })

  constructor({ cache, tagHeaders, rates, crossOrigin }: ResponseCacheParts) {
    this.#cache = cache
    this.#tagHeaders = tagHeaders
    this.#rates = rates
    this.#crossOrigin = crossOrigin
  }

  /** Responds if it can; false leaves the request to the router. */
  respond(request: IncomingMessage, response: ServerResponse): boolean {
    const prepared = this.#find(request)
    if (prepared === undefined || Date.now() >= prepared.validUntilMs) return false
    // this look-up finds nothing after a purge or an eviction, and it marks the derivative as recently used
    const derivative = this.#cache.getFromMemory(prepared.key)
    if (derivative === undefined || derivative.etag !== prepared.etag) return false
    const { method } = request
    if (method !== 'GET' && method !== 'HEAD') return false
    // the router answers 429
    const { rate } = prepared
    if (rate && !this.#rates.tryTake(rate.userId, rate.perSecond)) return false
    prepared.count.memory++
    const ifNoneMatch = request.headers['if-none-match']
    if (ifNoneMatch !== undefined && matchesEtag(ifNoneMatch, prepared.etag)) {
      response.writeHead(304, this.#allow(prepared.notModified, request)).end()
    } else {
      response.writeHead(200, this.#allow(prepared.headers, request))
      if (method === 'HEAD') response.end()
      else {
        prepared.count.bytes += derivative.data.length
        response.end(derivative.data)
      }
    }
    return true
  }

  /** Adds the header that allows the request's origin by name, where there is one. */
  #allow(prepared: string[], { headers: { origin } }: IncomingMessage): string[] {
    if (this.#crossOrigin.named === undefined) return prepared
    return [...prepared, ...Object.entries(allowedOrigin(this.#crossOrigin, origin)).flat()]
  }

  #find({ url = '', headers }: IncomingMessage): Prepared | undefined {
    const entry = this.#entries.get(url)
    if (entry?.content === undefined) return entry?.last
    const accepted = this.#accepted.memo(headers.accept ?? '')
    return entry.byFormat[chooseFormat('auto', accepted, entry.content)]
  }

  /** Prepares the response to the next requests of this URL. */
  prepare(rawUrl: string, { response, grant, count }: Delivered): void {
    const { derivative, vary, format, content } = response
    // ignored query parameters would make a thousand entries of one derivative
    if (derivative === undefined || rawUrl.length > maxUrlLength) return
    // hints would have to be parsed and the file name printed again: the router's path does that
    if (vary.some(name => name !== 'Accept')) return
    const last = this.#prepareOne(response, derivative, { grant, count })
    const byFormat = { ...this.#entries.peek(rawUrl)?.byFormat, [format]: last }
    this.#entries.set(rawUrl, { content, byFormat, last })
  }

  #prepareOne(
    response: DerivativeResponse,
    { key, etag, data }: Derivative,
    { grant: { userId, expires, limits }, count }: Omit<Delivered, 'response'>,
  ): Prepared {
    const expiresMs = expires === undefined ? Number.POSITIVE_INFINITY : expires * 1000
    // Keys and image rows may be cached just as long. Both times together are below a second, in which a revocation, a
    // deletion or a purge must take effect.
    const validUntilMs = Math.min(Date.now() + revalidateAfterMs, expiresMs)
    const fromMemory: ImageResponse = { ...response, cacheStatus: 'memory', timings: {} }
    // `max-age` is computed for the last moment at which these headers may be sent, so it is never too long
    const image = imageHeaders(fromMemory, validUntilMs, this.#tagHeaders)
    const vary = withOrigin(this.#crossOrigin, image.vary)
    const common = { ...image, ...this.#crossOrigin.headers, ...(vary !== undefined && { vary }) }
    const entity = { 'content-type': response.contentType, 'content-length': String(data.length) }
    const perSecond = limits?.requestsPerSecond
    return {
      key,
      etag,
      headers: Object.entries({ ...entity, ...common }).flat(),
      notModified: Object.entries(common).flat(),
      validUntilMs,
      count,
      rate: perSecond === undefined ? undefined : { userId, perSecond },
    }
  }
}
