import { createHmac } from 'node:crypto'
import { type LookupOptions, lookup as resolve } from 'node:dns'
import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import type { AddressFilter } from '../net/network-policy.ts'

/** How long a call may take, in milliseconds. */
const callMs = 10_000

/** What a webhook is told, and with whose secret. */
export interface WebhookRequest {
  readonly url: string
  readonly body: string
  /** As it was shown: its characters are the key. */
  readonly secret: string
}

/** How it went: the status of the answer, or why there was none, in words for whoever owns the webhook. */
export type WebhookResponse = { readonly status: number } | { readonly failure: string }

/**
 * Tells a webhook something. Only the address that is connected to counts, whatever the name stood for before; redirects
 * are answers like any other, and what is answered is not read.
 * @throws the signal's reason
 */
export async function postWebhook(
  call: WebhookRequest,
  isAllowedAddress: AddressFilter,
  signal: AbortSignal,
): Promise<WebhookResponse> {
  const limit = AbortSignal.timeout(callMs)
  try {
    const response = await post(call, isAllowedAddress, AbortSignal.any([signal, limit]))
    response.destroy()
    return { status: response.statusCode ?? 0 }
  } catch (error) {
    signal.throwIfAborted()
    return { failure: limit.aborted ? `no answer within ${callMs / 1000} s` : inWords(error) }
  }
}

function post({ url, body, secret }: WebhookRequest, isAllowedAddress: AddressFilter, signal: AbortSignal) {
  const { protocol, hostname } = new URL(url)
  // a literal address is connected to without a look-up
  if (isIP(withoutBrackets(hostname)) > 0 && !isAllowedAddress(withoutBrackets(hostname)))
    throw new NotPublic()
  const request = protocol === 'https:' ? requestHttps : requestHttp
  const options = {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'user-agent': 'Darkroom',
      'darkroom-signature': signature(secret, body),
    },
    // of its own, so that no connection is used for which something else was checked
    agent: false as const,
    lookup: lookupWithin(isAllowedAddress),
    signal,
  }
  return new Promise<IncomingMessage>((answered, failed) => {
    request(url, options, answered).on('error', failed).end(body)
  })
}

/** The time is that of the call, so that an old one cannot be sent again. */
function signature(secret: string, body: string): string {
  const t = Math.floor(Date.now() / 1000)
  return `t=${t},v1=${createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')}`
}

/** A host of a URL as an address, if it is one. */
export function withoutBrackets(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '')
}

class NotPublic extends Error {}

/** Resolves names as ever, and refuses those that lead to a place that may not be reached, if only by one of many. */
function lookupWithin(isAllowedAddress: AddressFilter): LookupFunction {
  return (hostname, options: LookupOptions, done) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? []
      if (error) done(error, [])
      else if (first === undefined || !addresses.every(({ address }) => isAllowedAddress(address)))
        done(new NotPublic(), [])
      else if (options.all) done(null, addresses)
      else done(null, first.address, first.family)
    })
  }
}

const words: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the host is unknown',
  EAI_AGAIN: 'the host is unknown for now',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was cut',
  ETIMEDOUT: 'no connection came about',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the host cannot be reached',
}

/** Codes alone: what else an error says may tell of where this process stands. */
function inWords(error: unknown): string {
  if (error instanceof NotPublic) return 'the host has no public address'
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return (
    words[code] ??
    (/CERT|TLS|SSL|SELF_SIGNED/.test(code) ? 'no secure connection came about' : 'the call failed')
  )
}
