import { composeAccess } from './compose/access.ts'
import { composeAuth } from './compose/auth.ts'
import { composeCache } from './compose/cache.ts'
import { composeChanges } from './compose/changes.ts'
import { composeDelivery } from './compose/delivery.ts'
import { composeEdge } from './compose/edge.ts'
import { composeEngine } from './compose/engine.ts'
import { composeChecks, composeHttp } from './compose/http.ts'
import type { Infrastructure } from './compose/infrastructure.ts'
import { composeIngest, composeIngestScheduler } from './compose/ingest.ts'
import { composeJobs } from './compose/jobs.ts'
import { measureDependencies } from './compose/measured.ts'
import { composeMetadata } from './compose/metadata.ts'
import { watchProcess } from './compose/process.ts'
import { composeRemoval } from './compose/removal.ts'
import type { Rooms } from './compose/rooms.ts'
import { composeHoldingsCheck, composeUsage } from './compose/usage.ts'
import { composeWebhooks } from './compose/webhooks.ts'
import type { Config } from './config.ts'
import { prepareStagingDirectory } from './ingest/upload-staging.ts'
import { createEnqueueJob, loadJobs } from './jobs/registry.ts'
import { createTaskCreator, loadTasks } from './jobs/tasks/registry.ts'
import { loadOperations } from './operations/registry.ts'
import { createMetrics } from './telemetry/metrics.ts'

/** Builds the modules (`Rooms`) of one process, each from the modules that it depends on. */
export async function compose(opened: Infrastructure) {
  const metrics = createMetrics()
  const infrastructure = measureDependencies(opened, metrics)
  const { config, database, databaseUrl, finishMigrations, store, queue } = infrastructure
  const operations = await loadOperations()
  const jobTypes = await loadJobs()
  const publicUrl = publicUrlOf(config)
  const metadata = composeMetadata(infrastructure)
  const enqueueJob = createEnqueueJob(jobTypes, queue, metadata.unfinishedJobs)
  const taskTypes = await loadTasks()
  const taskCreator = createTaskCreator(taskTypes, database)
  const { createTask } = taskCreator
  const tasks = { taskTypes, taskCreator, createTask }
  const changes = composeChanges(infrastructure, { metrics })
  const base = { metrics, operations, jobTypes, enqueueJob, ...tasks, publicUrl, metadata, changes }
  // composed before the engine, so that it closes after the engine and records the engine's last renders
  const usage = composeUsage(infrastructure, base)
  watchProcess(infrastructure, metrics)
  const engine = composeEngine(infrastructure, base)
  const cache = composeCache(infrastructure, base)
  const edge = await composeEdge(infrastructure, base)
  const access = composeAccess(base)
  const auth = composeAuth(infrastructure, base)
  const webhooks = composeWebhooks(infrastructure, base)
  const ingestScheduler = composeIngestScheduler(infrastructure, base)
  const services = { ...base, engine, cache, usage, edge, access, auth, webhooks, ingestScheduler }
  const delivery = composeDelivery(infrastructure, services)
  const removal = composeRemoval(infrastructure, { ...services, delivery })
  const ingest = composeIngest(infrastructure, { ...services, delivery, removal })
  const holdingsCheck = composeHoldingsCheck(infrastructure, base)
  const jobs = composeJobs(infrastructure, { ...services, delivery, removal, ingest, holdingsCheck })
  const rooms: Rooms = { ...services, delivery, removal, ingest, jobs }
  const checks = composeChecks(infrastructure)
  return {
    ...rooms,
    ...{ database, databaseUrl, finishMigrations, store, queue, checks },
    http: composeHttp(infrastructure, rooms, checks),
    /** Deletes files of uploads that a crash of a process on this machine has left behind. */
    cleanStaging: () => prepareStagingDirectory(infrastructure.stagingDirectory),
  }
}

/** IPv6 addresses are in brackets. */
const hostInUrl = (host: string) => (host.includes(':') ? `[${host}]` : host)

/** The configured base of public URLs, without a trailing slash. */
function publicUrlOf(config: Config): string {
  return (config.DARKROOM_PUBLIC_URL ?? `http://${hostInUrl(config.HOST)}:${config.PORT}`).replace(/\/+$/, '')
}
