import { apiAccess, imageAccess, parseApiOrigins, parseImageOrigins } from '../http/cross-origin.ts'
import { DerivativeResponder } from '../http/derivative-responder.ts'
import type { HttpParts, RouteParts } from '../http/parts.ts'
import { ResponseCache } from '../http/response-cache.ts'
import { parseTrustedProxies } from '../http/trusted-proxies.ts'
import { ImageLists } from '../metadata/image-lists.ts'
import type { Checks } from '../telemetry/readiness.ts'
import { type Infrastructure, receiveLimitsOf } from './infrastructure.ts'
import type { Rooms } from './rooms.ts'

/** The dependencies that must respond for the service to be ready, by name. */
export function composeChecks({ config, database, store, queue }: Infrastructure): Checks {
  return {
    database: signal => database.check(signal),
    storage: signal => store.check(signal),
    ...(config.NATS_URL !== undefined && { queue: (signal: AbortSignal) => queue.check(signal) }),
  }
}

/** How long most requests may take, in milliseconds. */
const requestMs = 30_000
/** How long a client may read a derivative, in milliseconds: as long as an original. */
const sendMs = 900_000
/** How many times the largest upload is read of a body that is refused: browsers see no response before. */
const discardedUploads = 4

/** The dependencies of the HTTP server; each route gets only those that it needs. */
export function composeHttp(infrastructure: Infrastructure, rooms: Rooms, checks: Checks): HttpParts {
  const { config, secrets } = infrastructure
  const { access, auth, cache, changes, edge, metrics, usage } = rooms
  const crossOrigin = {
    images: imageAccess(parseImageOrigins(config.DARKROOM_IMAGE_ORIGINS)),
    api: apiAccess(parseApiOrigins(config.DARKROOM_API_ORIGINS)),
  }
  const responseCache = new ResponseCache({
    ...{ cache, changes, usage, metrics },
    tagHeaders: edge.tagHeaders,
    rates: access.rates,
    finals: rooms.delivery.finals,
    crossOrigin: crossOrigin.images,
  })
  const imageRoutes = composeImageRoutes(rooms, responseCache)
  const derivatives = new DerivativeResponder({
    ...imageRoutes.processed,
    ...{ crossOrigin: crossOrigin.images, deadlineMs: requestMs, logger: infrastructure.logger },
  })
  return {
    trustsProxy: parseTrustedProxies(config.DARKROOM_TRUSTED_PROXIES),
    deadlineMs: requestMs,
    sendMs,
    receiveLimits: receiveLimitsOf(config),
    maxDiscardedBytes: discardedUploads * rooms.ingest.maxUploadBytes,
    responseCache,
    derivatives,
    crossOrigin,
    metrics,
    usage,
    authentication: { jwtSecret: secrets.jwtSecret, owners: auth.sessionOwners, apiKeys: auth.apiKeys },
    routes: {
      ...imageRoutes,
      ...composeLibraryRoutes(rooms, new ImageLists(infrastructure.lists)),
      ...composeUploadRoutes(rooms),
      ...composeAccountRoutes(rooms),
      ...composeOperationRoutes(rooms, checks),
    },
  }
}

/** Delivery: the image URLs themselves, and signing and explaining them. */
function composeImageRoutes({ access, delivery, edge, metrics, usage }: Rooms, responseCache: ResponseCache) {
  const { deliver, deliverOriginal, explain, signer } = delivery
  const { verify } = access
  const { tagHeaders } = edge
  return {
    processed: { verify, deliver, responseCache, usage, metrics, tagHeaders },
    raw: { verify, deliverOriginal, usage, tagHeaders },
    explain: { explain },
    sign: { signer },
  } satisfies Partial<RouteParts>
}

/** A user's images and derivatives, and how they are edited and removed. */
function composeLibraryRoutes(
  { metadata, delivery, removal, ingest, auth, usage, publicUrl }: Rooms,
  imageLists: ImageLists,
) {
  const { images, derivatives } = metadata
  const { imageDeleter, imageEditor, applyBulkAction, purger, takedowns } = removal
  const { signer } = delivery
  const { audit } = auth
  return {
    images: { images, imageLists, imageEditor, imageDeleter, signer, audit },
    'image-downloads': { imageDownloads: delivery.imageDownloads, usage, publicUrl },
    'image-tags': { imageLists },
    bulk: { applyBulkAction, audit },
    derivatives: { images, derivatives, signer, usageRepository: metadata.usage },
    duplicates: { images, imageLists, signer },
    eager: { eager: ingest.eager },
    neighbours: { images, imageLists },
    purge: { purger },
    restore: { imageDeleter, signer, audit },
    takedowns: { takedowns, takedownRepository: metadata.takedowns, audit },
  } satisfies Partial<RouteParts>
}

function composeUploadRoutes({ metadata, delivery, ingest, auth }: Rooms) {
  const { uploads, replacements, importer, imports, directUploads, maxUploadBytes } = ingest
  const { duplicates } = metadata
  const { signer } = delivery
  return {
    uploads: { uploads, duplicates, signer, maxUploadBytes },
    original: { uploads, replacements, duplicates, signer, maxUploadBytes, audit: auth.audit },
    import: { uploads, importer, duplicates, signer },
    imports: { imports, importRepository: metadata.imports, audit: auth.audit },
    'direct-uploads': { directUploads, uploads, duplicates, signer, maxUploadBytes },
    'direct-content': { directUploads },
  } satisfies Partial<RouteParts>
}

/** Users with their sessions, keys, presets, policies, webhooks and usage. */
function composeAccountRoutes({ metadata, access, auth, removal, operations, ...rooms }: Rooms) {
  const { users, images, quotas, presets, policies, signingKeys } = metadata
  const { sessions, administration, register, audit, apiKeys } = auth
  const { purger, userDeletion } = removal
  const { presetStore, policyStore } = access
  const { webhooks } = rooms.webhooks
  const usageRepository = metadata.usage
  return {
    auth: { sessions, audit, publicUrl: rooms.publicUrl },
    me: { users, images, maxUploadBytes: rooms.ingest.maxUploadBytes },
    password: { users, administration, audit },
    'user-password': { administration, audit },
    users: { users, register, administration, userDeletion, operations, audit },
    holdings: { quotas },
    usage: { users, usageRepository },
    audit: { auditRepository: metadata.audit },
    'api-keys': { apiKeys, apiKeyRepository: metadata.apiKeys, audit },
    'signing-keys': { signingKeys, audit },
    presets: { users, presets, presetStore, purger },
    'user-presets': { users, presets, presetStore, purger, audit },
    policies: { policies, policyStore },
    webhooks: { webhooks, audit },
    'webhook-deliveries': { webhooks },
  } satisfies Partial<RouteParts>
}

/** The service itself: its health, jobs, operations and documentation. */
function composeOperationRoutes(rooms: Rooms, checks: Checks) {
  const { metadata, jobs, taskCreator, operations, publicUrl } = rooms
  const { failedJobs, unfinishedJobs, taskList } = metadata
  const { tasks } = jobs
  return {
    health: { checks },
    jobs: {
      ...{ failedJobs, unfinishedJobs, taskList, tasks, taskCreator, audit: rooms.auth.audit },
      ...{ imports: metadata.imports, retryJob: jobs.retry, countPendingJobs: jobs.countPending },
    },
    operations: { operations },
    openapi: { operations, publicUrl },
    docs: { operations, publicUrl },
  } satisfies Partial<RouteParts>
}
