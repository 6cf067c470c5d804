import { imageTag, plainTagHeaders, type TagHeaders, userTag } from '../deliver/edge/tags.ts'

/** A year in seconds: as good as for ever to a cache. */
const yearSeconds = 31_536_000
/** How long a cache may keep without asking what a URL may come to mean no longer, in seconds. */
const changeableSeconds = 3_600

/** What a browser that opens a document may do with it: show it, from an origin of its own, and nothing else. */
const inert = "sandbox; default-src 'none'; style-src 'unsafe-inline'"

/** Formats that may contain scripts, which must not run in the service's origin. */
const isDocument = (contentType: string) => /^(image\/svg\+xml|application\/pdf)/.test(contentType)

/** What the headers of an image response say. */
export interface Delivery {
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
  /** Milliseconds by step. */
  readonly timings: Readonly<Record<string, number>>
}

/**
 * The headers of every image response, but for its length. A cache may keep the picture for ever, as a URL never
 * means other bytes (unless it is changeable), yet no longer than its signature lasts at the moment `nowMs`.
 */
export function imageHeaders(
  delivery: Delivery,
  nowMs: number,
  tagHeaders: TagHeaders = plainTagHeaders,
): Record<string, string> {
  const { userId, imageId, expires, changeable } = delivery
  const longest = changeable ? changeableSeconds : yearSeconds
  const left = expires === undefined ? longest : Math.floor(expires - nowMs / 1000)
  const maxAge = Math.max(0, Math.min(longest, left))
  return {
    'content-type': delivery.contentType,
    etag: delivery.etag,
    'cache-control': `public, max-age=${maxAge}${changeable ? '' : ', immutable'}`,
    ...negotiationHeaders(delivery.vary),
    ...tagHeaders([userTag(userId), imageTag(imageId)]),
    'server-timing': serverTiming(delivery.tier, delivery.timings),
    'darkroom-cache': delivery.tier,
    'darkroom-variant': 'final',
    ...(delivery.notes?.length ? { 'darkroom-note': delivery.notes.join(', ') } : {}),
    'x-content-type-options': 'nosniff',
    ...(isDocument(delivery.contentType) ? { 'content-security-policy': inert } : {}),
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
export function namesEtag(header: string, etag: string): boolean {
  return header.split(',').some(item => {
    const tag = item.trim()
    return tag === '*' || tag === etag || tag === `W/${etag}`
  })
}
