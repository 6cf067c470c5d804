import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TagHeaders } from '../edge/surrogate-keys.ts'
import { type Logger, withoutRedaction, withoutSignature } from '../telemetry/logger.ts'
import { derivativeRoute } from '../telemetry/metrics.ts'
import { nameRoute } from '../telemetry/tracing.ts'
import { allowedOrigin, type CrossOriginAccess, withOrigin } from './cross-origin.ts'
import { type Outcome, type OutcomeParts, recordDelivery, settleDerivative } from './derivative-outcome.ts'
import { clientDisconnected, onceClosed } from './disconnect-signal.ts'
import { imageHeaders } from './image-headers.ts'
import { deadlineError } from './plugins/deadlines.ts'
import type { Delivered } from './prepared-response.ts'

export interface DerivativeResponderParts extends OutcomeParts {
  readonly tagHeaders: TagHeaders
  readonly crossOrigin: CrossOriginAccess
  /** How long a request may take until its response is sent, in milliseconds. */
  readonly deadlineMs: number
  readonly logger: Logger
}

/** The work for a request that has ended before its route was called. */
export interface EndedWork {
  readonly outcome: Outcome
  /** The owner of the image, once the URL is verified. */
  readonly tenant: string | null
  /** On the clock of `performance.now()`. */
  readonly startedAt: number
}

const endedWork = new WeakMap<IncomingMessage, EndedWork>()

/** The work that was done for a request before routing; undefined if none was. */
export const endedWorkOf = (request: IncomingMessage): EndedWork | undefined => endedWork.get(request)

/** The time since a request arrived, in milliseconds, with the work that was done for it before routing. */
export function elapsedMs(
  request: IncomingMessage,
  { elapsedTime }: { readonly elapsedTime: number },
): number {
  const startedAt = endedWorkOf(request)?.startedAt
  return startedAt === undefined ? elapsedTime : performance.now() - startedAt
}

/**
 * Answers GET requests for derivatives before routing: the hooks and the reply of Fastify would take about as much time
 * of the main thread as all other steps of a cold request but the call of sharp. Any result but a derivative is sent by
 * the route, which finds it with `endedWorkOf`.
 */
export class DerivativeResponder {
  readonly #parts: DerivativeResponderParts
  readonly #logger: Logger

  constructor(parts: DerivativeResponderParts) {
    this.#parts = parts
    this.#logger = withoutRedaction(parts.logger)
  }

  /** @param route passes the request to the router */
  respond(request: IncomingMessage, response: ServerResponse, route: () => void): void {
    const { deadlineMs } = this.#parts
    const url = request.url ?? '/'
    nameRoute(request, derivativeRoute)
    const startedAt = performance.now()
    const controller = new AbortController()
    let tenant: string | null = null
    let hasEnded = false
    let stopWatching = () => {}
    const end = (outcome: Outcome) => {
      if (hasEnded) return
      hasEnded = true
      clearTimeout(timer)
      stopWatching()
      const left = this.#send(request, response, outcome, startedAt)
      if (left === undefined) return
      endedWork.set(request, { outcome: left, tenant, startedAt })
      route()
    }
    // aborted only if the work has not ended: an abort takes time even if nothing listens to it
    const abort = (error: unknown) => {
      controller.abort(clientDisconnected)
      end({ error })
    }
    const timer = setTimeout(() => abort(deadlineError(deadlineMs)), deadlineMs)
    const { signal } = controller
    const onVerified = (userId: string) => {
      tenant = userId
    }
    // subscribed first: a client that disconnects during the verification is noticed, too
    stopWatching = onceClosed(request, response, () => abort(clientDisconnected))
    // called at once if the client has disconnected before
    if (hasEnded) return
    void settleDerivative(this.#parts, request, { url, signal, startedAt, onVerified }).then(end)
  }

  /** Sends a derivative, or 304. @returns any other outcome, which the route sends */
  #send(
    request: IncomingMessage,
    response: ServerResponse,
    outcome: Outcome,
    startedAt: number,
  ): Outcome | undefined {
    if ('error' in outcome || outcome.response.kind !== 'derivative') return outcome
    try {
      const { method, url = '/', headers } = request
      const delivered: Delivered = { ...outcome, response: outcome.response }
      const { contentType } = outcome.response
      const body = recordDelivery(this.#parts, { method, url, startedAt }, delivered)
      const sent = this.#headersOf(delivered, headers.origin)
      const log = () => this.#log(request, response, startedAt)
      if (body === undefined) response.writeHead(304, sent).end(log)
      else {
        const entity = { 'content-type': contentType, 'content-length': body.length }
        response.writeHead(200, { ...entity, ...sent }).end(body, log)
      }
      return undefined
    } catch (error) {
      return { error }
    }
  }

  #headersOf({ response }: Delivered, origin: string | undefined): Record<string, string> {
    const { crossOrigin, tagHeaders } = this.#parts
    const image = imageHeaders(response, Date.now(), tagHeaders)
    const vary = withOrigin(crossOrigin, image.vary)
    return {
      ...image,
      ...crossOrigin.headers,
      ...allowedOrigin(crossOrigin, origin),
      ...(vary === undefined ? {} : { vary }),
    }
  }

  /** The line that `plugins/logging.ts` writes for all other requests. */
  #log({ method, url = '/' }: IncomingMessage, { statusCode: status }: ServerResponse, startedAt: number) {
    if (!this.#logger.isLevelEnabled('info')) return
    const ms = Math.round((performance.now() - startedAt) * 10) / 10
    this.#logger.info(
      { reqId: randomUUID(), method, url: withoutSignature(url), status, ms },
      'request completed',
    )
  }
}
