import { DarkroomError } from '../errors/catalogue.ts'
import type { PurgeRequest } from './edge-provider.ts'
import type { EdgeTarget } from './edge-targets.ts'

/** How long a call may take, in milliseconds. */
const callMs = 10_000
/** How much of an answer is looked at, in bytes. */
const mostAnswer = 64 * 1024
/** When to come back to one that was told too much and does not say when; at the earliest, and at the latest, in milliseconds. */
const comeBackMs = 5_000
const earliestMs = 500
const latestMs = 60_000

/**
 * Calls a cache in front. Redirects are not followed: they could carry the secret to another place.
 * @throws DarkroomError `unavailable` when it does not answer, `overloaded` when it was told too much at once, `forbidden`
 *   when it refuses; none of them repeats what it answered, or where it is
 */
export async function sendPurge(
  target: EdgeTarget,
  request: PurgeRequest,
  signal: AbortSignal,
): Promise<void> {
  const { name } = target.provider
  const response = await send(request, AbortSignal.any([signal, AbortSignal.timeout(callMs)])).catch(
    cause => {
      signal.throwIfAborted()
      throw new DarkroomError('unavailable', `the edge (${name}) does not answer`, { cause })
    },
  )
  const { status, retryAfterMs, answer } = response
  if (status === 429)
    throw new DarkroomError('overloaded', `the edge (${name}) was told too much`, { retryAfterMs })
  if (status >= 500 || status === 408)
    throw new DarkroomError('unavailable', `the edge (${name}) answered ${status}`)
  if (status < 200 || status >= 300)
    throw new DarkroomError('forbidden', `the edge (${name}) answered ${status}`)
  if (target.provider.isFailure?.(answer))
    throw new DarkroomError('unavailable', `the edge (${name}) says that it did not succeed`)
}

async function send({ url, headers, body }: PurgeRequest, signal: AbortSignal) {
  const all = { ...headers, 'content-type': 'application/json' }
  const response = await fetch(url, { method: 'POST', headers: all, body, redirect: 'manual', signal })
  const asked = Number(response.headers.get('retry-after') ?? Number.NaN) * 1000
  const retryAfterMs = Number.isNaN(asked) ? comeBackMs : Math.min(Math.max(asked, earliestMs), latestMs)
  return { status: response.status, retryAfterMs, answer: await readSome(response) }
}

/** The beginning of an answer: whoever answers without an end is not listened to. */
async function readSome({ body }: Response): Promise<string> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of body ?? []) {
    parts.push(part)
    bytes += part.length
    if (bytes > mostAnswer) break
  }
  return Buffer.concat(parts).toString()
}
