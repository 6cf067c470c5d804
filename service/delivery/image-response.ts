import type { Variant } from '../cache/memory-tier.ts'
import type { NegotiatedHeader } from '../plan/hints.ts'

/**
 * Where the bytes came from, as `Darkroom-Cache` names it; `shared` waited for a render that another request had
 * started.
 */
export type CacheStatus = 'memory' | 'store' | 'miss' | 'shared'

/** The facts from which the headers of an image response are made. */
export interface ImageResponse {
  readonly userId: string
  readonly imageId: string
  /** The name under which the response is counted: the canonical file name of a derivative. */
  readonly file: string
  readonly contentType: string
  readonly etag: string
  /** When the signed URL expires, in Unix seconds; undefined for never. */
  readonly expires: number | undefined
  /** The file name under which a browser is to save the response; undefined to show it. */
  readonly download: string | undefined
  readonly cacheStatus: CacheStatus
  /** The request headers that the URL's result depends on, whether or not this request sent them. */
  readonly vary: readonly NegotiatedHeader[]
  /** How the result differs from what the URL asks for, as `Darkroom-Note` names it. */
  readonly notes: readonly string[]
  /** Whether the URL may give other bytes later. */
  readonly changeable: boolean
  readonly variant: Variant
  /** Milliseconds by step, for `Server-Timing`. */
  readonly timings: Readonly<Record<string, number>>
}
