import type { LookupAddress } from 'node:dns'
import { type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIPv6, type LookupFunction } from 'node:net'
import { DarkroomError } from '../../errors/catalogue.ts'
import { type NetworkPolicy, resolveAllowed } from '../../net/network-policy.ts'

/** Somebody's answer, whose body was not read yet. */
export interface FetchedImage {
  readonly body: IncomingMessage
  /** Where the last redirect led. */
  readonly url: URL
}

/** How long the other side may be silent, in milliseconds. */
const silenceMs = 15_000
const mostRedirects = 5
/** The longest header that is read, in bytes. */
const maxHeader = 16 * 1024
const maxUrl = 2_048
const redirects = [301, 302, 303, 307, 308]
/** What servers say of files whose type they do not know. */
const vague = /^(image\/|application\/(octet-stream|pdf|postscript|x-download)\b|binary\/octet-stream\b)/i

/**
 * Gets a URL that a user gave, over public addresses alone. They are looked up once, checked, and handed to the
 * connection, which looks up nothing itself: no name can mean another host by then. Each redirect goes the same way.
 * @throws DarkroomError `bad-request` for a URL that is not fetched, `not-fetched` for what comes of it, `not-an-image`,
 *   `deadline` when the other side falls silent, or the signal's reason
 */
export async function fetchImage(
  text: string,
  reach: NetworkPolicy,
  signal: AbortSignal,
): Promise<FetchedImage> {
  let url = parseImportUrl(text)
  for (let count = 0; count <= mostRedirects; count++) {
    const response = await ask(url, reach, signal)
    if (!redirects.includes(response.statusCode ?? 0)) return { body: checked(response), url }
    response.destroy()
    url = nextOf(response, url)
  }
  throw new DarkroomError('not-fetched', `url: it is redirected more than ${mostRedirects} times`)
}

/** @throws DarkroomError `bad-request` that says what is wrong with it */
export function parseImportUrl(text: string): URL {
  const refuse = (why: string) => new DarkroomError('bad-request', `url: ${why}`)
  if (text.length > maxUrl) throw refuse(`at most ${maxUrl} characters`)
  if (!URL.canParse(text)) throw refuse('expected an absolute URL')
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw refuse('expected http or https')
  if (url.username !== '' || url.password !== '') throw refuse('may not hold a user or a password')
  // the well-known ones below belong to protocols that a request could be made to speak
  if (url.port !== '' && Number(url.port) < 1024 && url.port !== '80' && url.port !== '443')
    throw refuse('expected port 80 or 443, or one from 1024 on')
  url.hash = ''
  return url
}

async function ask(url: URL, reach: NetworkPolicy, signal: AbortSignal): Promise<IncomingMessage> {
  const addresses = await resolveAllowed(url, reach, signal)
  // a name that is not there and one of a private network are the same: who asks learns nothing of that network
  if (addresses.length === 0) throw new DarkroomError('not-fetched', 'url: its host has no public address')
  return new Promise((resolve, reject) => {
    const options: RequestOptions = {
      agent: false,
      lookup: lookupOf(addresses),
      headers: { accept: 'image/*,*/*;q=0.5', 'accept-encoding': 'identity', 'user-agent': 'Darkroom' },
      maxHeaderSize: maxHeader,
      timeout: silenceMs,
      signal,
    }
    const request = url.protocol === 'https:' ? requestHttps(url, options) : requestHttp(url, options)
    request.once('response', response => {
      request.once('timeout', () => response.destroy(silent()))
      resolve(response)
    })
    request.once('timeout', () => request.destroy(silent()))
    request.on('error', error => reject(toImportError(error, signal)))
    request.end()
  })
}

/** Answers with what was checked, in whichever way it is asked. */
function lookupOf(addresses: readonly string[]): LookupFunction {
  const all: LookupAddress[] = addresses.map(address => ({ address, family: isIPv6(address) ? 6 : 4 }))
  return (_host, { all: wanted }, answer) => {
    const [first] = all
    if (wanted) answer(null, all)
    else answer(null, first?.address ?? '', first?.family)
  }
}

/** Where a redirect leads. @throws DarkroomError `not-fetched` */
function nextOf({ headers: { location = '' } }: IncomingMessage, from: URL): URL {
  try {
    return parseImportUrl(new URL(location || 'nowhere:', from).href)
  } catch (cause) {
    throw new DarkroomError('not-fetched', 'url: it is redirected to what is not fetched', { cause })
  }
}

/** @throws DarkroomError `not-fetched` or `not-an-image` */
function checked(response: IncomingMessage): IncomingMessage {
  const refuse = (code: 'not-fetched' | 'not-an-image', why: string) => {
    response.destroy()
    return new DarkroomError(code, `url: ${why}`)
  }
  const { 'content-type': type = 'image/', 'content-encoding': encoding = 'identity' } = response.headers
  if (response.statusCode !== 200) throw refuse('not-fetched', `its server answered ${response.statusCode}`)
  if (encoding !== 'identity') throw refuse('not-fetched', 'its server packs the answer, unasked')
  if (!vague.test(type)) throw refuse('not-an-image', 'its server says that it is no image')
  return response
}

const silent = () => new DarkroomError('deadline', `url: its server is silent for ${silenceMs / 1000} s`)

/** What went wrong between here and there, in words that tell nothing of the network here. */
export function toImportError(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason
  if (error instanceof DarkroomError || !isOfConnection(error)) return error
  return new DarkroomError('not-fetched', 'url: its server cannot be reached, or breaks off', {
    cause: error,
  })
}

/** Errors of sockets, TLS and the parser carry a code; those of the disk are our own fault. */
function isOfConnection(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return !/^(ENOSPC|EIO|EDQUOT|EMFILE|ENFILE|EROFS|EACCES|ENOENT)?$/.test(code)
}
