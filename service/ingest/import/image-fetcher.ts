import { type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { DarkroomError } from '../../errors/catalogue.ts'
import {
  lookupAmong,
  type NetworkPolicy,
  resolveAllowed,
  UnansweredLookup,
} from '../../net/network-policy.ts'

/** A response whose body was not read yet. */
export interface FetchedImage {
  readonly body: IncomingMessage
  /** The URL after all redirects. */
  readonly url: URL
}

const maxRedirects = 5
/** The largest response header, in bytes. */
const maxHeaderBytes = 16 * 1024
/** The longest URL, in characters. */
export const maxUrlLength = 2_048
const redirectStatuses = [301, 302, 303, 307, 308]
/** Types of images, and those that servers send for files of unknown type. */
const acceptableType =
  /^(image\/|application\/(octet-stream|pdf|postscript|x-download)\b|binary\/octet-stream\b)/i

export interface FetchLimits {
  readonly networkPolicy: NetworkPolicy
  /** How long the server may send nothing, in milliseconds. */
  readonly silenceMs: number
}

/**
 * Fetches a URL that a user gave, from public addresses only. The host is resolved once, its addresses are checked, and
 * the connection uses them without resolving again: this prevents DNS rebinding. Every redirect is checked the same
 * way.
 * @throws DarkroomError `bad-request` for an unacceptable URL, `not-fetched` when the request fails, `not-an-image`,
 *   `deadline` when the server sends nothing for too long, or the signal's reason
 */
export async function fetchImage(
  text: string,
  limits: FetchLimits,
  signal: AbortSignal,
): Promise<FetchedImage> {
  let url = parseImportUrl(text)
  for (let count = 0; count <= maxRedirects; count++) {
    const response = await sendRequest(url, limits, signal)
    if (!redirectStatuses.includes(response.statusCode ?? 0)) return { body: requireImage(response), url }
    response.destroy()
    url = redirectTarget(response, url)
  }
  throw new DarkroomError('not-fetched', `url: redirects more than ${maxRedirects} times`)
}

/** @throws DarkroomError `bad-request` that names the problem */
export function parseImportUrl(text: string): URL {
  const invalid = (problem: string) => new DarkroomError('bad-request', `url: ${problem}`)
  if (text.length > maxUrlLength) throw invalid(`must have at most ${maxUrlLength} characters`)
  if (!URL.canParse(text)) throw invalid('must be an absolute URL')
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw invalid('must use http or https')
  if (url.username !== '' || url.password !== '') throw invalid('must not contain a user or a password')
  // other ports below 1024 belong to other protocols, whose servers could take a crafted request for their commands
  if (url.port !== '' && Number(url.port) < 1024 && url.port !== '80' && url.port !== '443')
    throw invalid('must use port 80, 443 or one from 1024 on')
  url.hash = ''
  return url
}

async function sendRequest(
  url: URL,
  { networkPolicy, silenceMs }: FetchLimits,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const addresses = await resolveAllowed(url, networkPolicy, signal).catch(noAddressesIfUnanswered)
  // the same error for an unknown name and one of a private network, so that it reveals nothing about that network
  if (addresses.length === 0) throw new DarkroomError('not-fetched', 'url: its host has no public address')
  return new Promise((resolve, reject) => {
    const options: RequestOptions = {
      agent: false,
      lookup: lookupAmong(addresses),
      headers: { accept: 'image/*,*/*;q=0.5', 'accept-encoding': 'identity', 'user-agent': 'Darkroom' },
      maxHeaderSize: maxHeaderBytes,
      timeout: silenceMs,
      signal,
    }
    const request = url.protocol === 'https:' ? requestHttps(url, options) : requestHttp(url, options)
    request.once('response', response => {
      request.once('timeout', () => response.destroy(idleTimeout(silenceMs)))
      resolve(response)
    })
    request.once('timeout', () => request.destroy(idleTimeout(silenceMs)))
    request.on('error', error => reject(toImportError(error, signal)))
    request.end()
  })
}

/** Turns the error of an unanswered lookup into an empty list of addresses; throws any other error again. */
function noAddressesIfUnanswered(error: unknown): string[] {
  if (error instanceof UnansweredLookup) return []
  throw error
}

/** The URL that a redirect leads to. @throws DarkroomError `not-fetched` */
function redirectTarget({ headers: { location = '' } }: IncomingMessage, from: URL): URL {
  try {
    return parseImportUrl(new URL(location || 'nowhere:', from).href)
  } catch (cause) {
    throw new DarkroomError('not-fetched', 'url: redirects to a URL that is not allowed', { cause })
  }
}

/** @throws DarkroomError `not-fetched` or `not-an-image` */
function requireImage(response: IncomingMessage): IncomingMessage {
  const reject = (code: 'not-fetched' | 'not-an-image', problem: string) => {
    response.destroy()
    return new DarkroomError(code, `url: ${problem}`)
  }
  const { 'content-type': type = 'image/', 'content-encoding': encoding = 'identity' } = response.headers
  if (response.statusCode !== 200)
    throw reject('not-fetched', `its server responded with status ${response.statusCode}`)
  if (encoding !== 'identity')
    throw reject('not-fetched', 'its server sent a compressed body, although none was requested')
  if (!acceptableType.test(type))
    throw reject('not-an-image', 'the content type of the response is not an image')
  return response
}

const idleTimeout = (silenceMs: number) =>
  new DarkroomError('deadline', `url: its server sent nothing for ${silenceMs / 1000} s`)

/** The error of a failed connection as `not-fetched`, which reveals nothing about the network of the service. */
export function toImportError(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason
  if (error instanceof DarkroomError || !isConnectionError(error)) return error
  return new DarkroomError('not-fetched', 'url: the connection to its server failed', {
    cause: error,
  })
}

/**
 * Whether the connection failed: errors of sockets, TLS and the HTTP parser have a code. An error with a code of the
 * file system is a failure of this machine instead.
 */
function isConnectionError(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return !/^(ENOSPC|EIO|EDQUOT|EMFILE|ENFILE|EROFS|EACCES|ENOENT)?$/.test(code)
}
