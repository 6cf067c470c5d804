import { createHmac } from 'node:crypto'
import { type LookupOptions, lookup as resolveName } from 'node:dns'
import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import type { AddressFilter } from '../net/network-policy.ts'

/** How long a request may take, in milliseconds. */
const timeoutMs = 10_000

/** A request to a webhook. */
export interface WebhookRequest {
  readonly url: string
  readonly body: string
  /** As it was shown to the user. Its characters, not the bytes that they encode, are the HMAC key. */
  readonly secret: string
}

/** The status of the response, or why there was none, in words for the owner of the webhook. */
export type WebhookResponse = { readonly status: number } | { readonly failure: string }

/**
 * Posts a request to a webhook. The address is checked when the connection is made, because a name can resolve to
 * another address at any time. Redirects are not followed, and the body of the response is not read.
 * @throws the signal's reason
 */
export async function postWebhook(
  request: WebhookRequest,
  isAllowedAddress: AddressFilter,
  signal: AbortSignal,
): Promise<WebhookResponse> {
  const timeout = AbortSignal.timeout(timeoutMs)
  try {
    const response = await post(request, isAllowedAddress, AbortSignal.any([signal, timeout]))
    response.destroy()
    return { status: response.statusCode ?? 0 }
  } catch (error) {
    signal.throwIfAborted()
    return { failure: timeout.aborted ? `no response within ${timeoutMs / 1000} s` : failureOf(error) }
  }
}

function post({ url, body, secret }: WebhookRequest, isAllowedAddress: AddressFilter, signal: AbortSignal) {
  const { protocol, hostname } = new URL(url)
  // an address in the URL is connected to without a lookup
  if (isIP(withoutBrackets(hostname)) > 0 && !isAllowedAddress(withoutBrackets(hostname)))
    throw new NotPublicError()
  const send = protocol === 'https:' ? requestHttps : requestHttp
  const options = {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'user-agent': 'Darkroom',
      'darkroom-signature': signature(secret, body),
    },
    // a new connection each time: a reused one would skip the check of its address
    agent: false as const,
    lookup: lookupWithin(isAllowedAddress),
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

class NotPublicError extends Error {}

/** A lookup that rejects names with any address that is not allowed. */
function lookupWithin(isAllowedAddress: AddressFilter): LookupFunction {
  return (hostname, options: LookupOptions, done) => {
    resolveName(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? []
      if (error) done(error, [])
      else if (first === undefined || !addresses.every(({ address }) => isAllowedAddress(address)))
        done(new NotPublicError(), [])
      else if (options.all) done(null, addresses)
      else done(null, first.address, first.family)
    })
  }
}

const failures: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the host does not exist',
  EAI_AGAIN: 'the host could not be resolved',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was lost',
  ETIMEDOUT: 'the connection timed out',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the host cannot be reached',
}

/** Only error codes are translated: messages may reveal details of this network. */
function failureOf(error: unknown): string {
  if (error instanceof NotPublicError) return 'the host has no public address'
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return (
    failures[code] ??
    (/CERT|TLS|SSL|SELF_SIGNED/.test(code) ? 'the TLS connection failed' : 'the request failed')
  )
}
