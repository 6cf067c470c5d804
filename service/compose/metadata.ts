import { ApiKeyRepository } from '../metadata/api-keys.ts'
import { AuditRepository } from '../metadata/audit.ts'
import { DeletedUserRepository } from '../metadata/deleted-users.ts'
import { DerivativeUseRepository } from '../metadata/derivative-uses.ts'
import { DerivativeRepository } from '../metadata/derivatives.ts'
import { DirectUploadRepository } from '../metadata/direct-uploads.ts'
import { DuplicateRepository } from '../metadata/duplicates.ts'
import { EagerOrderRepository } from '../metadata/eager-orders.ts'
import { EdgeCallRepository } from '../metadata/edge-calls.ts'
import { FailedJobRepository } from '../metadata/failed-jobs.ts'
import { ImageCleanupRepository } from '../metadata/image-cleanup.ts'
import { ImageDownloadRepository } from '../metadata/image-downloads.ts'
import { ImageTagRepository } from '../metadata/image-tags.ts'
import { ImageRepository } from '../metadata/images.ts'
import { ImportRepository } from '../metadata/imports.ts'
import { IngestResultRepository } from '../metadata/ingest-results.ts'
import { LoginAttemptRepository } from '../metadata/login-attempts.ts'
import { ObjectNameRepository } from '../metadata/object-names.ts'
import { OriginalFileRepository } from '../metadata/original-files.ts'
import { PolicyRepository } from '../metadata/policies.ts'
import { PresetRepository } from '../metadata/presets.ts'
import { PurgeRepository } from '../metadata/purges.ts'
import { QuotaRepository } from '../metadata/quotas.ts'
import { SessionRepository } from '../metadata/sessions.ts'
import { SigningKeyRepository } from '../metadata/signing-keys.ts'
import { StrayDerivativeRepository } from '../metadata/stray-derivatives.ts'
import { TakedownRepository } from '../metadata/takedowns.ts'
import { TaskEndRepository } from '../metadata/task-ends.ts'
import { TaskListRepository } from '../metadata/task-list.ts'
import { TaskRepository } from '../metadata/tasks.ts'
import { UnfinishedJobRepository } from '../metadata/unfinished-jobs.ts'
import { UsageRepository } from '../metadata/usage-rollups.ts'
import { UserRepository } from '../metadata/users.ts'
import { WebhookDeliveryRepository } from '../metadata/webhook-deliveries.ts'
import { WebhookRepository } from '../metadata/webhooks.ts'
import type { Infrastructure } from './infrastructure.ts'

export type Metadata = ReturnType<typeof composeMetadata>

/** Every repository. */
export function composeMetadata({
  database,
  secrets: { masterKey, newMasterKey },
}: Pick<Infrastructure, 'database' | 'secrets'>) {
  return {
    apiKeys: new ApiKeyRepository(database),
    audit: new AuditRepository(database),
    deletedUsers: new DeletedUserRepository(database),
    derivatives: new DerivativeRepository(database),
    derivativeUses: new DerivativeUseRepository(database),
    directUploads: new DirectUploadRepository(database),
    duplicates: new DuplicateRepository(database),
    eagerOrders: new EagerOrderRepository(database),
    edgeCalls: new EdgeCallRepository(database),
    failedJobs: new FailedJobRepository(database),
    imageCleanup: new ImageCleanupRepository(database),
    imageDownloads: new ImageDownloadRepository(database),
    imageTags: new ImageTagRepository(database),
    images: new ImageRepository(database),
    imports: new ImportRepository(database),
    ingestResults: new IngestResultRepository(database),
    loginAttempts: new LoginAttemptRepository(database),
    objectNames: new ObjectNameRepository(database),
    originalFiles: new OriginalFileRepository(database),
    policies: new PolicyRepository(database),
    presets: new PresetRepository(database),
    purges: new PurgeRepository(database),
    quotas: new QuotaRepository(database),
    sessions: new SessionRepository(database),
    signingKeys: new SigningKeyRepository(database, masterKey, newMasterKey),
    strays: new StrayDerivativeRepository(database),
    taskEnds: new TaskEndRepository(database),
    taskList: new TaskListRepository(database),
    tasks: new TaskRepository(database),
    takedowns: new TakedownRepository(database),
    unfinishedJobs: new UnfinishedJobRepository(database),
    usage: new UsageRepository(database),
    users: new UserRepository(database),
    webhookDeliveries: new WebhookDeliveryRepository(database),
    webhooks: new WebhookRepository(database, masterKey, newMasterKey),
  }
}
