import { randomUUID } from 'node:crypto'
import { createServer as createHttpServer } from 'node:http'
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyPluginAsync,
  fastify,
  LogController,
} from 'fastify'
import { findModules } from '../modules/modules.ts'
import type { Logger } from '../telemetry/logger.ts'
import { derivativeRoute } from '../telemetry/metrics.ts'
import { nameRoute, traceRequest } from '../telemetry/tracing.ts'
import { hasBody, rejectAmbiguousBody } from './body-framing.ts'
import { imagePrefix, isDerivativeRequest } from './image-url.ts'
import { compileSchemasLazily } from './lazy-schemas.ts'
import type { HttpParts, RouteParts } from './parts.ts'
import authentication from './plugins/authentication.ts'
import closeUnusedConnections from './plugins/connections.ts'
import allowOrigins from './plugins/cross-origin.ts'
import limitRequests, { endUnread } from './plugins/deadlines.ts'
import ignoreLateErrors from './plugins/late-errors.ts'
import logRequests from './plugins/logging.ts'
import collectRoutes from './plugins/openapi.ts'
import sendProblems from './plugins/problems.ts'
import countRequests from './plugins/request-metrics.ts'
import rejectSlowBodies, { watchBody } from './plugins/slow-bodies.ts'
import collectMethods from './plugins/undeclared-methods.ts'
import { rejectMalformedRequest, sendProblem } from './send-problem.ts'

/** How long a request may take to arrive, in milliseconds: enough for a large upload over a slow connection. */
const receiveMs = 600_000
/** Longer than a proxy keeps idle connections (nginx: 60 s), so that it never sends into a connection being closed. */
const keepAliveMs = 72_000
/** The largest JSON body, in bytes. */
const maxJsonBytes = 1024 * 1024

/**
 * Creates the server with its plugins and with the routes found in `routes/`. It does not listen yet. Closing it waits for
 * `linger` before it closes connections: until then requests are answered, and clients told to close.
 */
export async function createServer(
  parts: HttpParts,
  logger: Logger,
  linger = async () => {},
): Promise<FastifyInstance> {
  const loggerInstance: FastifyBaseLogger = logger
  let isClosing = false
  const server = fastify({
    loggerInstance,
    // plugins/logging.ts logs one line per request instead of two
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    bodyLimit: maxJsonBytes,
    trustProxy: parts.trustsProxy ?? false,
    forceCloseConnections: 'idle',
    // requests that arrive during the shutdown are still answered, and their connection is closed after the response
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => {
      watchBody(request, reply, parts.receiveLimits)
      return sendProblem(parts, error, request, reply)
    },
    clientErrorHandler: rejectMalformedRequest,
    // image URLs are routed by their prefix alone and reach their handler as raw bytes: the router must not decode the
    // signed path, nor reject it before the signature has been verified
    rewriteUrl: ({ url = '/' }) => imagePrefix(url) ?? url,
    serverFactory: handle =>
      createHttpServer({ keepAliveTimeout: keepAliveMs, requestTimeout: receiveMs }, (request, response) =>
        traceRequest(request, response, () => {
          if (rejectAmbiguousBody(request, response)) return
          const work = () => {
            if (!isDerivativeRequest(request)) handle(request, response)
            else parts.derivatives.respond(request, response, () => handle(request, response))
          }
          // the router checks how fast a body arrives, and while the server closes, it closes each connection after its response
          if (isClosing || hasBody(request.headers)) handle(request, response)
          else {
            if (!parts.responseCache.respond(request, response, work)) work()
            else nameRoute(request, derivativeRoute)
            if (isDerivativeRequest(request)) endUnread(request, response, parts.sendMs)
          }
        }),
      ),
  })
  server.addHook('preClose', async () => {
    isClosing = true
    await linger()
  })
  compileSchemasLazily(server)
  await registerPlugins(server, parts)
  await registerRoutes(server, parts.routes)
  server.rejectUndeclaredMethods()
  return server
}

/** Listens without Fastify's log line for each address: the caller prints the public URL. */
export async function listen(server: FastifyInstance, target: { host: string; port: number }): Promise<void> {
  const { level } = server.log
  server.log.level = 'silent'
  try {
    await server.listen(target)
  } finally {
    server.log.level = level
  }
}

/** Plugins apply to the whole server, so they are called on it and not registered, which would encapsulate them. */
async function registerPlugins(server: FastifyInstance, parts: HttpParts): Promise<void> {
  limitRequests(server, parts.deadlineMs)
  rejectSlowBodies(server, parts.receiveLimits)
  allowOrigins(server, parts.crossOrigin)
  await authentication(server, parts.authentication)
  closeUnusedConnections(server)
  logRequests(server)
  countRequests(server, parts.metrics)
  ignoreLateErrors(server)
  collectRoutes(server)
  collectMethods(server)
  sendProblems(server, parts)
}

/** Registers the default export of every file in `routes/`, with the parts that have the file's name. */
async function registerRoutes(server: FastifyInstance, routes: RouteParts): Promise<void> {
  const partsByName = new Map<string, object>(Object.entries(routes))
  for (const [name, file] of await findModules(new URL('./routes/', import.meta.url))) {
    const { default: plugin }: { default: FastifyPluginAsync<object> } = await import(file.href)
    // without a name, Fastify looks for the plugin in all CommonJS modules that were loaded
    Object.assign(plugin, { [Symbol.for('fastify.display-name')]: name })
    await server.register(plugin, partsByName.get(name) ?? {})
    partsByName.delete(name)
  }
  if (partsByName.size > 0) throw new Error(`routes/ has no file named ${[...partsByName.keys()].join(', ')}`)
}
