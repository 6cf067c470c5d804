import { DarkroomError } from '../errors/catalogue.ts'
import { traced, traceHeaders } from '../telemetry/tracing.ts'
import type { PurgeRequest } from './edge-provider.ts'
import type { EdgeTarget } from './edge-targets.ts'

/** How long a call may take, in milliseconds. */
const callMs = 10_000
/** How much of a response body is read, in bytes. */
const maxBodyBytes = 64 * 1024
/** The delay before a rate-limited call is retried, in milliseconds, if the response has no `Retry-After`. */
const defaultRetryMs = 5_000
/** The least and the longest delay that a `Retry-After` can cause, in milliseconds. */
const minRetryMs = 500
const maxRetryMs = 60_000

/**
 * Sends a purge call to a CDN. Redirects are not followed, because they could carry the secret elsewhere.
 * @throws DarkroomError `unavailable` when the CDN does not answer or fails, `overloaded` when it limits the rate,
 *   `forbidden` when it rejects the call. The messages contain neither the response nor the
 *   CDN's URL
 */
export async function sendPurge(
  target: EdgeTarget,
  request: PurgeRequest,
  signal: AbortSignal,
): Promise<void> {
  const { name } = target.provider
  const response = await traced(
    () => ({
      name: 'POST',
      kind: 'client',
      attributes: { 'http.request.method': 'POST', 'darkroom.cdn': name },
    }),
    () => post(request, AbortSignal.any([signal, AbortSignal.timeout(callMs)])),
  ).catch(cause => {
    signal.throwIfAborted()
    throw new DarkroomError('unavailable', `the CDN (${name}) does not answer`, { cause, isOutage: false })
  })
  const { status, retryAfterMs, body } = response
  if (status === 429)
    throw new DarkroomError('overloaded', `the CDN (${name}) limits the rate of calls`, { retryAfterMs })
  if (status >= 500 || status === 408)
    throw new DarkroomError('unavailable', `the CDN (${name}) responded with status ${status}`, {
      isOutage: false,
    })
  if (status < 200 || status >= 300)
    throw new DarkroomError('forbidden', `the CDN (${name}) responded with status ${status}`)
  if (target.provider.isFailure?.(body))
    throw new DarkroomError('unavailable', `the CDN (${name}) reported a failure`, { isOutage: false })
}

async function post({ url, headers, body }: PurgeRequest, signal: AbortSignal) {
  const allHeaders = { ...headers, 'content-type': 'application/json', ...traceHeaders() }
  const response = await fetch(url, { method: 'POST', headers: allHeaders, body, redirect: 'manual', signal })
  const requestedMs = Number(response.headers.get('retry-after') ?? Number.NaN) * 1000
  const retryAfterMs = Number.isNaN(requestedMs)
    ? defaultRetryMs
    : Math.min(Math.max(requestedMs, minRetryMs), maxRetryMs)
  return { status: response.status, retryAfterMs, body: await readStart(response) }
}

/** Reads a response body until it exceeds `maxBodyBytes`, because the body may be endless. */
async function readStart({ body }: Response): Promise<string> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of body ?? []) {
    parts.push(part)
    bytes += part.length
    if (bytes > maxBodyBytes) break
  }
  return Buffer.concat(parts).toString()
}
