import { randomUUID } from 'node:crypto'
import { createServer as createHttpServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import autoload from '@fastify/autoload'
import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from 'fastify'
import type { Logger } from '../telemetry/logger.ts'
import { imagePrefix } from './image-url.ts'
import type { HttpParts } from './parts.ts'
import { ResponseCache } from './response-cache.ts'
import { rejectMalformedRequest, sendProblem } from './send-problem.ts'

/** The default handler timeout, in milliseconds. Routes that receive or send large files set their own. */
const handlerMs = 30_000
/** How long a request may take to arrive, in milliseconds: enough for a large upload over a slow connection. */
const receiveMs = 600_000
/** Longer than a proxy keeps idle connections (nginx: 60 s), so that it never sends into a connection being closed. */
const keepAliveMs = 72_000
/** The largest JSON body, in bytes. */
const maxJsonBytes = 1024 * 1024

/** The server with its plugins and routes, found by scanning their folders; it does not listen yet. */
export async function createServer(parts: HttpParts, logger: Logger): Promise<FastifyInstance> {
  const responses = new ResponseCache(parts)
  const loggerInstance: FastifyBaseLogger = logger
  const server = fastify({
    loggerInstance,
    // plugins/logging.ts logs one line per request instead of two
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    bodyLimit: maxJsonBytes,
    trustProxy: parts.trusts ?? false,
    handlerTimeout: handlerMs,
    forceCloseConnections: 'idle',
    // requests that arrive during the shutdown are still answered, and their connection is closed after it
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => sendProblem(parts, error, request, reply),
    clientErrorHandler: rejectMalformedRequest,
    ajv: { customOptions: { removeAdditional: false, coerceTypes: true } },
    // image URLs are routed by their prefix alone and reach their handler as raw bytes: the router must not decode the
    // signed path, nor reject it before the signature has been verified
    rewriteUrl: ({ url = '/' }) => imagePrefix(url) ?? url,
    serverFactory: handle =>
      createHttpServer({ keepAliveTimeout: keepAliveMs, requestTimeout: receiveMs }, (request, response) => {
        if (responses.respond(request, response)) parts.metrics.delivered('memory')
        else handle(request, response)
      }),
  })
  const options = { parts, responses }
  const matchFilter = (path: string) => !path.includes('.test.')
  const here = (folder: string) => fileURLToPath(new URL(folder, import.meta.url))
  await server.register(autoload, { dir: here('./plugins'), encapsulate: false, options, matchFilter })
  await server.register(autoload, { dir: here('./routes'), dirNameRoutePrefix: false, options, matchFilter })
  return server
}
