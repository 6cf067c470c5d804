import type { IncomingMessage } from 'node:http'
import type { Grant, Verify } from '../access/verifier.ts'
import type { Mark } from '../cache/change-log.ts'
import type { AcceptedResponse, Deliver, DerivativeResponse, FallbackResponse } from '../delivery/deliver.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { UsageRecorder } from '../usage/usage-recorder.ts'
import { readClient } from './negotiation.ts'
import type { Delivered } from './prepared-response.ts'
import type { ResponseCache } from './response-cache.ts'
import { countResponse } from './response-usage.ts'

/** What the work for a request led to. */
export type Outcome =
  | { readonly error: unknown }
  | {
      readonly response: DerivativeResponse | FallbackResponse | AcceptedResponse
      readonly grant: Grant
      /** Taken from the change log before the request was verified. */
      readonly mark: Mark
    }

/** What the work for a request needs. */
export interface OutcomeParts {
  readonly verify: Verify
  readonly deliver: Deliver
  readonly responseCache: Pick<ResponseCache, 'mark' | 'prepare' | 'forget'>
  readonly usage: Pick<UsageRecorder, 'countsFor'>
  readonly metrics: Pick<Metrics, 'delivered'>
}

/** How a request for a derivative is worked on. */
export interface Work {
  /** The URL as it was sent. */
  readonly url: string
  readonly signal: AbortSignal
  /** On the clock of `performance.now()`. */
  readonly startedAt: number
  /** Called with the user once the signature is verified. */
  readonly onVerified: (userId: string) => void
}

/** Verifies and delivers. It never rejects. */
export async function settleDerivative(
  { verify, deliver, responseCache }: OutcomeParts,
  { headers }: IncomingMessage,
  { url, signal, startedAt, onVerified }: Work,
): Promise<Outcome> {
  try {
    const mark = responseCache.mark()
    const grant = await verify(url)
    onVerified(grant.userId)
    const response = await deliver({
      grant,
      startedAt,
      client: readClient(headers),
      ifNoneMatch: headers['if-none-match'],
      prefersAsync: prefersAsync(headers.prefer),
      signal,
    })
    return { response, grant, mark }
  } catch (error) {
    // a deleted image, for example: other requests must not get what was prepared before
    if (error instanceof DarkroomError && isRefusal(error)) responseCache.forget(url)
    return { error }
  }
}

/** A request whose response is about to be sent. */
export interface AnsweredRequest {
  readonly method: string | undefined
  readonly url: string
  /** On the clock of `performance.now()`. */
  readonly startedAt: number
}

/**
 * Counts a derivative that is about to be sent, and prepares the response cache for further requests of the URL.
 * @returns the body; undefined for 304
 */
export function recordDelivery(
  { metrics, usage, responseCache }: Pick<OutcomeParts, 'metrics' | 'usage' | 'responseCache'>,
  { method, url, startedAt }: AnsweredRequest,
  delivered: Delivered,
): Buffer | undefined {
  const { response } = delivered
  const body = response.notModified ? undefined : response.derivative?.data
  const ms = performance.now() - startedAt
  metrics.delivered(response.cacheStatus, response.notModified, ms, 'job' in response.timings)
  countResponse(usage, response, method === 'GET' ? (body?.length ?? 0) : 0)
  responseCache.prepare(url, delivered)
  return body
}

/** Whether a `Prefer` header asks for a response before the work is done (RFC 7240, section 4.1). */
function prefersAsync(prefer: string | readonly string[] | undefined): boolean {
  if (prefer === undefined) return false
  return [prefer].flat().some(header => /(^|[,;])\s*respond-async\s*($|[,;])/i.test(header))
}

/** Whether the URL is refused for all clients. During an outage or a burst, responses stay prepared. */
const isRefusal = ({ status, code }: DarkroomError) => status < 500 && code !== 'too-many-requests'
