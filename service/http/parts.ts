import type { PolicyStore } from '../access/policy-store.ts'
import type { PresetStore } from '../access/preset-store.ts'
import type { RequestRateLimiter } from '../access/request-rate-limiter.ts'
import type { Verify } from '../access/verifier.ts'
import type { NewAccount, Principal } from '../auth/accounts.ts'
import type { ApiKeys } from '../auth/api-keys.ts'
import type { AuditLog } from '../auth/audit-log.ts'
import type { Sessions } from '../auth/sessions.ts'
import type { UserAdministration } from '../auth/user-administration.ts'
import type { RevalidatingCache } from '../cache/revalidating-cache.ts'
import type { TieredCache } from '../cache/tiered-cache.ts'
import type { Deliver } from '../delivery/deliver.ts'
import type { DeliverOriginal } from '../delivery/deliver-original.ts'
import type { Explain } from '../delivery/explain.ts'
import type { Signer } from '../delivery/signing.ts'
import type { TagHeaders } from '../edge/surrogate-keys.ts'
import type { DirectUploads } from '../ingest/direct/direct-uploads.ts'
import type { EagerDerivatives } from '../ingest/eager-derivatives.ts'
import type { ImageImporter } from '../ingest/import/image-importer.ts'
import type { Uploads } from '../ingest/uploads.ts'
import type { ApiKeyRepository } from '../metadata/api-keys.ts'
import type { AuditRepository } from '../metadata/audit.ts'
import type { DerivativeRepository } from '../metadata/derivatives.ts'
import type { DuplicateRepository } from '../metadata/duplicates.ts'
import type { FailedJob, FailedJobRepository } from '../metadata/failed-jobs.ts'
import type { ImageRepository } from '../metadata/images.ts'
import type { PolicyRepository } from '../metadata/policies.ts'
import type { PresetRepository } from '../metadata/presets.ts'
import type { QuotaRepository } from '../metadata/quotas.ts'
import type { SessionOwner } from '../metadata/sessions.ts'
import type { SigningKeyRepository } from '../metadata/signing-keys.ts'
import type { TakedownRepository } from '../metadata/takedowns.ts'
import type { UsageRepository } from '../metadata/usage-rollups.ts'
import type { User, UserRepository } from '../metadata/users.ts'
import type { Operations } from '../operations/registry.ts'
import type { ApplyBulkAction } from '../removal/bulk-actions.ts'
import type { ImageDeleter } from '../removal/image-deleter.ts'
import type { ImageEditor } from '../removal/image-editor.ts'
import type { Purger } from '../removal/purger.ts'
import type { Takedowns } from '../removal/takedowns.ts'
import type { UserDeletion } from '../removal/user-deletion.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { UsageRecorder } from '../usage/usage-recorder.ts'
import type { Webhooks } from '../webhooks/webhooks.ts'
import type { ResponseCache } from './response-cache.ts'
import type { Trusts } from './trusted-proxies.ts'

/** What the routes stand on: made by the composition root, so that no route opens anything itself. */
export interface HttpParts {
  readonly verify: Verify
  readonly deliver: Deliver
  readonly explain: Explain
  readonly original: DeliverOriginal
  readonly uploads: Uploads
  readonly directUploads: DirectUploads
  readonly imageDeleter: ImageDeleter
  readonly purger: Purger
  readonly userDeletion: UserDeletion
  readonly takedowns: Takedowns
  readonly takedownRows: Pick<TakedownRepository, 'list'>
  /** How caches in front are told the tags of a response. */
  readonly tagHeaders: TagHeaders
  readonly rates: RequestRateLimiter
  readonly imageEditor: ImageEditor
  readonly eager: EagerDerivatives
  readonly webhooks: Webhooks
  readonly images: ImageRepository
  readonly duplicates: DuplicateRepository
  readonly bulk: ApplyBulkAction
  readonly importer: ImageImporter
  readonly derivatives: Pick<DerivativeRepository, 'listForImage'>
  readonly operations: Operations
  readonly presets: PresetRepository
  readonly presetStore: PresetStore
  readonly policies: PolicyRepository
  readonly policyStore: PolicyStore
  readonly users: UserRepository
  readonly signer: Signer
  readonly quotas: Pick<QuotaRepository, 'findHoldings' | 'countDevelopments'>
  readonly sessions: Sessions
  readonly administration: UserAdministration
  /** Makes a user and his first signing key: both or neither. See `Accounts.create` for its errors. */
  readonly register: (account: NewAccount) => Promise<{ user: User }>
  readonly apiKeys: ApiKeys
  readonly apiKeyRows: Pick<ApiKeyRepository, 'list'>
  readonly signingKeys: Pick<SigningKeyRepository, 'list' | 'create' | 'setState'>
  readonly audit: AuditLog
  readonly auditRows: Pick<AuditRepository, 'list'>
  /** For whom sessions speak. */
  readonly owners: Pick<RevalidatingCache<SessionOwner>, 'get'>
  /** Which proxies are believed; undefined for none. */
  readonly trusts: Trusts | undefined
  /** The base of public URLs, without a slash at its end. */
  readonly publicUrl: string
  readonly cache: TieredCache
  readonly failedJobs: FailedJobRepository
  /** Hands a job out once more. @throws DarkroomError `unavailable` or `overloaded` */
  readonly retryJob: (job: Pick<FailedJob, 'name' | 'version' | 'key' | 'payload'>) => Promise<unknown>
  /** How many jobs wait, by name. @throws DarkroomError `unavailable` */
  readonly waitingJobs: () => Promise<Readonly<Record<string, number>>>
  /** Every dependency that must answer, by name. */
  readonly checks: Readonly<Record<string, (signal: AbortSignal) => Promise<void>>>
  readonly metrics: Metrics
  readonly usage: Pick<UsageRecorder, 'countsFor' | 'countOther' | 'countError'>
  readonly usageRows: Pick<UsageRepository, 'listDays' | 'listTops' | 'countHits'>
  readonly jwtSecret: string
  readonly maxUploadBytes: number
}

/** What autoload hands to every plugin and route. */
export interface RouteOptions {
  readonly parts: HttpParts
  readonly responses: ResponseCache
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; set on every route below `/api/v1` that is not for anyone. */
    principal: Principal | null
    /** Whose usage it counts as: of an image, once its URL is verified. */
    tenant: string | null
  }
}
