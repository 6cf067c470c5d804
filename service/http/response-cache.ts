import type { IncomingMessage, ServerResponse } from 'node:http'
import { LRUCache } from 'lru-cache'
import type { RequestRateLimiter } from '../access/request-rate-limiter.ts'
import type { Mark } from '../cache/change-log.ts'
import { createLru } from '../cache/lru.ts'
import type { StoredBytes, TieredCache } from '../cache/tiered-cache.ts'
import { matchesEtag } from '../delivery/etag.ts'
import type { FinalOrders } from '../delivery/final-orders.ts'
import { readAccept } from '../plan/accept-header.ts'
import { type AcceptedTypes, type ContentTraits, chooseFormat } from '../plan/format-choice.ts'
import type { OutputFormat } from '../plan/formats.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { allowedOrigin } from './cross-origin.ts'
import { type Delivered, type PreparationParts, PreparedResponse } from './prepared-response.ts'

/** A path may have 1,024 bytes, and the signed query parameters need some 150. */
const maxUrlLength = 1_200
/** The most objects that are read at a time for prepared responses. Further requests are passed on. */
const maxReads = 64
/** How long such a request waits for the store before it is passed on, in milliseconds. */
const maxReadMs = 2_000

/** The responses of a URL: one, or with `auto` one per format, whatever clients write into `Accept`. */
interface Entry {
  readonly content: ContentTraits | undefined
  readonly byFormat: Partial<Record<OutputFormat | 'json', PreparedResponse>>
  readonly last: PreparedResponse
}

export interface ResponseCacheParts extends PreparationParts {
  readonly cache: TieredCache
  readonly rates: Pick<RequestRateLimiter, 'tryTake'>
  readonly finals: Pick<FinalOrders, 'countRequest'>
  readonly metrics: Pick<Metrics, 'delivered'>
}

/**
 * Responds before routing to URLs that were verified before: without parsing, without an HMAC, with headers that were
 * prepared once. The body is in memory or read from the store. With `auto` the format is negotiated as always. Only GET
 * and HEAD of derivatives that do not depend on client hints are served here.
 */
export class ResponseCache {
  readonly #parts: ResponseCacheParts
  readonly #entries = createLru<Entry>(20_000)
  /** Parsed `Accept` headers; browsers send a handful of different ones. */
  readonly #accepted = new LRUCache<string, AcceptedTypes>({
    max: 100,
    memoMethod: header => readAccept(header),
  })

  readonly #reads = new Map<string, Promise<StoredBytes | undefined>>()

  constructor(parts: ResponseCacheParts) {
    this.#parts = parts
  }

  /** To be taken before a request is verified whose response is prepared for further ones. */
  mark(): Mark {
    return this.#parts.changes.mark()
  }

  /**
   * Responds if it can; false leaves the request to the caller.
   * @param pass called if the store does not have the body, so that the caller answers after all
   */
  respond(request: IncomingMessage, response: ServerResponse, pass: () => void): boolean {
    const prepared = this.#find(request)
    if (prepared === undefined || !prepared.isFresh()) return false
    // this look-up finds nothing after a purge or an eviction, and it marks the derivative as recently used
    const derivative = this.#parts.cache.getFromMemory(prepared.key)
    if (derivative === undefined) return this.#respondFromStore(prepared, request, response, pass)
    if (derivative.etag !== prepared.etag) return false
    // a stand-in that could not be improved has become final with the same bytes
    if (derivative.variant !== prepared.variant) return false
    const { method } = request
    if (method !== 'GET' && method !== 'HEAD') return false
    // the router answers 429
    const { rate } = prepared
    if (rate && !this.#parts.rates.tryTake(rate.userId, rate.perSecond)) return false
    const { counts } = prepared
    if (prepared.variant === 'standin') this.#parts.finals.countRequest(prepared.key)
    counts.memory++
    const ifNoneMatch = request.headers['if-none-match']
    const isNotModified = ifNoneMatch !== undefined && matchesEtag(ifNoneMatch, prepared.etag)
    if (isNotModified) {
      response.writeHead(304, this.#allow(prepared.notModifiedHeaders, request)).end()
    } else {
      // responses to named origins have other headers
      if (this.#parts.crossOrigin.named === undefined) prepared.writeHead(response)
      else response.writeHead(200, this.#allow(prepared.headers, request))
      if (method === 'HEAD') response.end()
      else {
        counts.bytes += derivative.data.length
        response.end(derivative.data)
      }
    }
    this.#parts.metrics.delivered('memory', isNotModified, performance.now() - prepared.checkedAt)
    return true
  }

  /** Reads a final derivative, of which memory has only the headers. */
  #respondFromStore(
    prepared: PreparedResponse,
    request: IncomingMessage,
    response: ServerResponse,
    pass: () => void,
  ): boolean {
    const { method, headers } = request
    if (method !== 'GET' || headers['if-none-match'] !== undefined) return false
    // a stand-in may have been replaced, and the limit of requests applies before the store is read
    if (prepared.variant !== 'final' || prepared.rate || this.#reads.size >= maxReads) return false
    const startedAt = performance.now()
    let isSettled = false
    const settle = (stored?: StoredBytes) => {
      if (isSettled) return
      isSettled = true
      clearTimeout(timer)
      // a purge or a replacement meanwhile counts, as it does for other requests
      if (stored?.etag === prepared.etag && prepared.mayStillBeSent())
        this.#sendStored(prepared, request, response, { ...stored, ms: performance.now() - startedAt })
      else pass()
    }
    const timer = setTimeout(settle, maxReadMs)
    this.#read(prepared.key).then(settle, () => settle())
    return true
  }

  /** One read per key at a time. */
  #read(key: string): Promise<StoredBytes | undefined> {
    const running = this.#reads.get(key)
    if (running) return running
    const reading = this.#parts.cache.readFromStore(key).finally(() => this.#reads.delete(key))
    this.#reads.set(key, reading)
    return reading
  }

  #sendStored(
    prepared: PreparedResponse,
    request: IncomingMessage,
    response: ServerResponse,
    { data, ms }: StoredBytes & { readonly ms: number },
  ): void {
    const { cache, metrics } = this.#parts
    const { key, counts } = prepared
    if (cache.getFromMemory(key) === undefined) cache.putInMemory(prepared.derivativeOf(data))
    metrics.delivered('store', false, ms)
    counts.store++
    counts.bytes += data.length
    response.writeHead(200, this.#allow(prepared.storedHeaders(ms), request)).end(data)
  }

  /** Adds the header that allows the request's origin by name, where there is one. */
  #allow(prepared: string[], { headers: { origin } }: IncomingMessage): string[] {
    const { crossOrigin } = this.#parts
    if (crossOrigin.named === undefined) return prepared
    return [...prepared, ...Object.entries(allowedOrigin(crossOrigin, origin)).flat()]
  }

  #find({ url = '', headers }: IncomingMessage): PreparedResponse | undefined {
    const entry = this.#entries.get(url)
    if (entry?.content === undefined) return entry?.last
    const accepted = this.#accepted.memo(headers.accept ?? '')
    return entry.byFormat[chooseFormat('auto', accepted, entry.content)]
  }

  /** Prepares the response to the next requests of this URL. */
  prepare(rawUrl: string, delivered: Delivered): void {
    const { derivative, vary, format, content } = delivered.response
    // ignored query parameters would make a thousand entries of one derivative
    if (derivative === undefined || derivative.isConfirmed === false || rawUrl.length > maxUrlLength) return
    // hints would have to be parsed and the file name printed again: the router's path does that
    if (vary.some(name => name !== 'Accept')) return
    const last = new PreparedResponse(this.#parts, derivative, delivered)
    const byFormat = { ...this.#entries.peek(rawUrl)?.byFormat, [format]: last }
    this.#entries.set(rawUrl, { content, byFormat, last })
  }

  /** Forgets the prepared responses of a URL. */
  forget(rawUrl: string): void {
    this.#entries.delete(rawUrl)
  }
}
