import type { Principal } from '../auth/accounts.ts'
import type { ProgressLimits } from '../concurrency/progress-watch.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { UsageRecorder } from '../usage/usage-recorder.ts'
import type { DerivativeResponder } from './derivative-responder.ts'
import type { AuthenticationParts } from './plugins/authentication.ts'
import type { CrossOriginParts } from './plugins/cross-origin.ts'
import type { ResponseCache } from './response-cache.ts'
import type { TrustsProxy } from './trusted-proxies.ts'

/** The server's dependencies. `compose/http.ts` supplies them; the server creates none of them itself. */
export interface HttpParts {
  /** Which proxies are trusted. Undefined for none. */
  readonly trustsProxy: TrustsProxy | undefined
  /** How long a request may take, in milliseconds. Routes that receive or send large files set their own `deadlineMs`. */
  readonly deadlineMs: number
  /** How long a derivative may take until its client has read it, in milliseconds. */
  readonly sendMs: number
  /** How fast request bodies must arrive. */
  readonly receiveLimits: ProgressLimits
  /** How much of a refused body is read, so that its client gets the response. */
  readonly maxDiscardedBytes: number
  readonly responseCache: ResponseCache
  readonly derivatives: Pick<DerivativeResponder, 'respond'>
  readonly crossOrigin: CrossOriginParts
  readonly metrics: Metrics
  readonly usage: Pick<UsageRecorder, 'countError'>
  readonly authentication: AuthenticationParts
  readonly routes: RouteParts
}

/**
 * The dependencies of each file in `routes/`, by the name of the file. Each file declares its own entry, so that
 * `compose/http.ts` does not compile until it supplies them.
 */
// biome-ignore lint/suspicious/noEmptyInterface: the route files merge their entries into it
export interface RouteParts {}

declare module 'fastify' {
  interface FastifyRequest {
    /** The authenticated caller. Null on public routes. */
    principal: Principal | null
    /** The user whose usage the request counts toward: the owner of an image, once its URL is verified. */
    tenant: string | null
  }
}
