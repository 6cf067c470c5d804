import { createHmac } from 'node:crypto'
import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { lookupAmong, type NetworkPolicy, resolveAllowed, UnansweredLookup } from '../net/network-policy.ts'
import { traced, traceHeaders } from '../telemetry/tracing.ts'

/** How long a request may take, in milliseconds. */
const timeoutMs = 10_000

/** A request to a webhook. */
export interface WebhookRequest {
  readonly url: string
  readonly body: string
  /** As it was shown to the user. Its characters, not the bytes that they encode, are the HMAC key. */
  readonly secret: string
}

/** The status of the response, or why there was none. */
export type WebhookResponse = { readonly status: number } | WebhookFailure

export interface WebhookFailure {
  /** In words for the owner of the webhook. */
  readonly failure: string
  /** Whether another attempt would fail in the same way. */
  readonly isPermanent: boolean
}

/**
 * The failure of a host that is not called. It is the same for an unknown name and one of a private network, so that it
 * reveals nothing about that network.
 */
const notPublic: WebhookFailure = { failure: 'the host has no public address', isPermanent: true }
const unanswered: WebhookFailure = { failure: 'the host could not be resolved', isPermanent: false }
const badUrl: WebhookFailure = { failure: 'the URL is invalid', isPermanent: true }

/**
 * Posts a request to a webhook. The host is resolved once, its addresses are checked, and the connection uses them
 * without resolving again. Redirects are not followed, and the body of the response is not read.
 * @throws the signal's reason
 */
export async function postWebhook(
  request: WebhookRequest,
  networkPolicy: NetworkPolicy,
  signal: AbortSignal,
): Promise<WebhookResponse> {
  if (!URL.canParse(request.url)) return badUrl
  const timeout = AbortSignal.timeout(timeoutMs)
  const limited = AbortSignal.any([signal, timeout])
  try {
    const addresses = await resolveAllowed(new URL(request.url), networkPolicy, limited)
    if (addresses.length === 0) return notPublic
    const response = await traced(
      () => ({ name: 'POST', kind: 'client', attributes: { 'http.request.method': 'POST' } }),
      () => post(request, addresses, limited),
    )
    response.destroy()
    return { status: response.statusCode ?? 0 }
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof UnansweredLookup) return unanswered
    const failure = timeout.aborted ? `no response within ${timeoutMs / 1000} s` : failureOf(error)
    return { failure, isPermanent: false }
  }
}

function post({ url, body, secret }: WebhookRequest, addresses: readonly string[], signal: AbortSignal) {
  const send = url.startsWith('https:') ? requestHttps : requestHttp
  const options = {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'user-agent': 'Darkroom',
      ...traceHeaders(),
      'darkroom-signature': signature(secret, body),
    },
    // a new connection each time: a reused one would skip the check of its address
    agent: false as const,
    lookup: lookupAmong(addresses),
    signal,
  }
  return new Promise<IncomingMessage>((resolve, reject) => {
    send(url, options, resolve).on('error', reject).end(body)
  })
}

/** The time of the request is signed too, so that receivers can reject a replay. */
function signature(secret: string, body: string): string {
  const t = Math.floor(Date.now() / 1000)
  return `t=${t},v1=${createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')}`
}

/** The host name of a URL without the brackets around an IPv6 address. */
export function withoutBrackets(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '')
}

const failures: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was lost',
  ETIMEDOUT: 'the connection timed out',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the host cannot be reached',
}

/** Only error codes are translated: messages may reveal details of this network. */
function failureOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return (
    failures[code] ??
    (/CERT|TLS|SSL|SELF_SIGNED/.test(code) ? 'the TLS connection failed' : 'the request failed')
  )
}
