import type { FallbackResponse } from '../delivery/deliver.ts'
import type { CacheStatus, ImageResponse } from '../delivery/image-response.ts'
import { defaultTagHeaders, imageTag, type TagHeaders, userTag } from '../edge/surrogate-keys.ts'
import { attachment } from './content-disposition.ts'

export const serverTimingName = 'server-timing'

/** A year in seconds, which caches treat as forever. */
const yearSeconds = 31_536_000
/** How long a cache may keep a URL that may give other bytes later, in seconds. */
const changeableSeconds = 3_600

/** How long a stand-in is fresh, and how long it may be served after that while it is revalidated; in seconds. */
const standinSeconds = 60
const staleStandinSeconds = 86_400

/** A browser that opens such a document may show it, from an origin of its own, and may run and load nothing. */
const sandboxPolicy = "sandbox; default-src 'none'; style-src 'unsafe-inline'"

/** Formats that may contain scripts, which must not run in the service's origin. */
const isDocument = (contentType: string) => /^(image\/svg\+xml|application\/pdf)/.test(contentType)

/**
 * The headers of every response with an image, 304 included: all but the type and length of its body. A cache may keep
 * the response forever, since a URL always has the same bytes (unless it is changeable), but not after its signature
 * expires. `nowMs` is the current time.
 */
export function imageHeaders(
  response: ImageResponse,
  nowMs: number,
  tagHeaders: TagHeaders = defaultTagHeaders,
): Record<string, string> {
  const { userId, imageId, etag, vary, cacheStatus, timings, variant, notes, contentType, download } =
    response
  return {
    etag,
    'cache-control': cacheControl(response, nowMs),
    ...negotiationHeaders(vary),
    ...tagHeaders([userTag(userId), imageTag(imageId)]),
    [serverTimingName]: serverTiming(cacheStatus, timings),
    'darkroom-cache': cacheStatus,
    'darkroom-variant': variant,
    ...(notes.length > 0 ? { 'darkroom-note': notes.join(', ') } : {}),
    ...(download === undefined ? {} : { 'content-disposition': attachment(download) }),
    'x-content-type-options': 'nosniff',
    ...(isDocument(contentType) ? { 'content-security-policy': sandboxPolicy } : {}),
  }
}

function cacheControl({ expires, changeable, variant }: ImageResponse, nowMs: number): string {
  const left = expires === undefined ? yearSeconds : Math.max(0, Math.floor(expires - nowMs / 1000))
  if (variant === 'standin') {
    const maxAge = Math.min(standinSeconds, left)
    return `public, max-age=${maxAge}, stale-while-revalidate=${Math.min(staleStandinSeconds, left - maxAge)}`
  }
  const maxAge = Math.min(changeable ? changeableSeconds : yearSeconds, left)
  return `public, max-age=${maxAge}${changeable ? '' : ', immutable'}`
}

/** The headers of an image that is shown in place of a derivative that is not ready: no cache may store it. */
export function fallbackHeaders({ image, vary, timings }: FallbackResponse): Record<string, string> {
  return {
    'content-type': image.contentType,
    'cache-control': 'no-store',
    ...negotiationHeaders(vary),
    'server-timing': serverTiming('miss', timings),
    'darkroom-cache': 'miss',
    'darkroom-note': 'fallback',
    'x-content-type-options': 'nosniff',
  }
}

/**
 * The headers that name what a response depends on: caches key on `Vary`, and `Accept-CH` asks browsers to send the
 * hints (RFC 8942); they send `Save-Data` without being asked.
 */
export function negotiationHeaders(vary: readonly string[]): Record<string, string> {
  const hints = vary.filter(name => name.startsWith('Sec-CH-'))
  return {
    ...(vary.length > 0 ? { vary: vary.join(', ') } : {}),
    ...(hints.length > 0 ? { 'accept-ch': hints.join(', ') } : {}),
  }
}

/** The value of `Server-Timing`: where the bytes came from, and how long the steps took. */
export function serverTiming(cacheStatus: CacheStatus, timings: ImageResponse['timings']): string {
  const steps = Object.entries(timings).map(([name, ms]) => `${name};dur=${ms.toFixed(1)}`)
  return [`cache;desc="${cacheStatus}"`, ...steps].join(', ')
}
