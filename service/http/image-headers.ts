import { defaultTagHeaders, imageTag, type TagHeaders, userTag } from '../edge/surrogate-keys.ts'

/** A year in seconds: as good as for ever to a cache. */
const yearSeconds = 31_536_000
/** How long a cache may keep without asking what a URL may come to mean no longer, in seconds. */
const changeableSeconds = 3_600

/** How long a stand-in counts as fresh, and may be shown after that while the final is fetched; in seconds. */
const standinSeconds = 60
const staleStandinSeconds = 86_400

/** What a browser that opens a document may do with it: show it, from an origin of its own, and nothing else. */
const inert = "sandbox; default-src 'none'; style-src 'unsafe-inline'"

/** Formats that may contain scripts, which must not run in the service's origin. */
const isDocument = (contentType: string) => /^(image\/svg\+xml|application\/pdf)/.test(contentType)

/** What the headers of an image response say. */
export interface ImageResponseFacts {
  readonly userId: string
  readonly imageId: string
  readonly contentType: string
  readonly etag: string
  /** Where the bytes came from. */
  readonly tier: string
  /** When the signed URL ends, in Unix seconds. */
  readonly expires: number | undefined
  /** The request headers that have a say in what the URL gives. */
  readonly vary: readonly string[]
  /** What is not quite as it was asked for. */
  readonly notes?: readonly string[] | undefined
  /** Whether the URL may come to mean other bytes. */
  readonly changeable: boolean
  readonly variant: 'final' | 'standin'
  /** Milliseconds by step. */
  readonly timings: Readonly<Record<string, number>>
}

/**
 * The headers of every image response, but for its length. A cache may keep the picture for ever, as a URL never
 * means other bytes (unless it is changeable), yet no longer than its signature lasts at the moment `nowMs`.
 */
export function imageHeaders(
  delivery: ImageResponseFacts,
  nowMs: number,
  tagHeaders: TagHeaders = defaultTagHeaders,
): Record<string, string> {
  const { userId, imageId } = delivery
  return {
    'content-type': delivery.contentType,
    etag: delivery.etag,
    'cache-control': cacheControl(delivery, nowMs),
    ...negotiationHeaders(delivery.vary),
    ...tagHeaders([userTag(userId), imageTag(imageId)]),
    'server-timing': serverTiming(delivery.tier, delivery.timings),
    'darkroom-cache': delivery.tier,
    'darkroom-variant': delivery.variant,
    ...(delivery.notes?.length ? { 'darkroom-note': delivery.notes.join(', ') } : {}),
    'x-content-type-options': 'nosniff',
    ...(isDocument(delivery.contentType) ? { 'content-security-policy': inert } : {}),
  }
}

function cacheControl({ expires, changeable, variant }: ImageResponseFacts, nowMs: number): string {
  const left = expires === undefined ? yearSeconds : Math.max(0, Math.floor(expires - nowMs / 1000))
  if (variant === 'standin') {
    const maxAge = Math.min(standinSeconds, left)
    return `public, max-age=${maxAge}, stale-while-revalidate=${Math.min(staleStandinSeconds, left - maxAge)}`
  }
  const maxAge = Math.min(changeable ? changeableSeconds : yearSeconds, left)
  return `public, max-age=${maxAge}${changeable ? '' : ', immutable'}`
}

/** The headers of what is shown in a picture's place until that is there: nobody may take it for the picture. */
export function fallbackHeaders(
  contentType: string,
  timings: Readonly<Record<string, number>>,
): Record<string, string> {
  return {
    'content-type': contentType,
    'cache-control': 'no-store',
    'server-timing': serverTiming('miss', timings),
    'darkroom-cache': 'miss',
    'darkroom-note': 'fallback',
    'x-content-type-options': 'nosniff',
  }
}

/**
 * What a response says of the headers that have a say in it: caches key on them, and browsers learn which hints are of
 * use (RFC 8942; `Save-Data` is sent unasked).
 */
export function negotiationHeaders(vary: readonly string[]): Record<string, string> {
  const hints = vary.filter(name => name.startsWith('Sec-CH-'))
  return {
    ...(vary.length > 0 ? { vary: vary.join(', ') } : {}),
    ...(hints.length > 0 ? { 'accept-ch': hints.join(', ') } : {}),
  }
}

function serverTiming(tier: string, timings: Readonly<Record<string, number>>): string {
  const steps = Object.entries(timings).map(([name, ms]) => `${name};dur=${ms.toFixed(1)}`)
  return [`cache;desc="${tier}"`, ...steps].join(', ')
}

/** Whether an `If-None-Match` header names this entity tag, by weak comparison (RFC 9110, section 13.1.2). */
export function matchesEtag(header: string, etag: string): boolean {
  return header.split(',').some(item => {
    const tag = item.trim()
    return tag === '*' || tag === etag || tag === `W/${etag}`
  })
}
