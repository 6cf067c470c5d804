import { createEdgePurger, type PurgeEdgeJob } from '../../edge/edge-purger.ts'
import { loadEdgeProviders, parseEdgeTargets } from '../../edge/edge-targets.ts'
import { EdgeCallRepository } from '../../metadata/edge-calls.ts'
import { FailedJobRepository } from '../../metadata/failed-jobs.ts'
import { UnfinishedJobRepository } from '../../metadata/unfinished-jobs.ts'
import { createLogger } from '../../telemetry/logger.ts'
import { createMetrics } from '../../telemetry/metrics.ts'
import { openCallReceiver } from '../../test/support/call-receiver.ts'
import { migratedDatabase } from '../../test/support/services/postgres.ts'
import t from '../../test/support/tap.ts'
import type { JobParts } from '../job.ts'
import { createJobHandler } from '../job-handler.ts'
import purgeEdge from './purge-edge.ts'

const neverAborted = new AbortController().signal
const logger = createLogger('silent')

t.test('purge splits tags into one job per batch, and a later purge has other keys', async t => {
  const jobs: PurgeEdgeJob[] = []
  const urls = 'cloudflare://zone fastly://service'
  const targets = parseEdgeTargets(await loadEdgeProviders(), urls, 'one two')
  const calls = new EdgeCallRepository(await migratedDatabase(t))
  const edge = createEdgePurger({ targets, calls, logger, enqueue: async job => jobs.push(job) })
  const tags = Array.from({ length: 250 }, (_, index) => `i-${index}`)
  await edge.purge(tags, 'purge')
  t.strictSame(
    jobs.map(job => job.tags.length),
    [100, 100, 50, 250],
  )
  await edge.purge(tags, 'purge')
  const keys = jobs.map(job => purgeEdge.createTask(job)?.key)
  t.equal(new Set(keys).size, 8)
})

t.test('purge of a CDN that keeps failing is given up and recorded', async t => {
  const server = await openCallReceiver(t)
  server.answer(500)
  const database = await migratedDatabase(t)
  const failedJobs = new FailedJobRepository(database)
  const calls = new EdgeCallRepository(database)
  const targets = parseEdgeTargets(await loadEdgeProviders(), server.url, 'secret')
  const jobs: PurgeEdgeJob[] = []
  const edge = createEdgePurger({ targets, calls, logger, enqueue: async job => jobs.push(job) })
  await edge.purge(['i-abc'], 'delete')
  // the job uses no other part
  const jobParts = { edge } as JobParts
  const unfinishedJobs = new UnfinishedJobRepository(database)
  const parts = { failedJobs, unfinishedJobs, jobParts, metrics: createMetrics(), logger }
  const attempt = createJobHandler(purgeEdge, parts)
  const payload = jobs[0]!
  const job = { name: 'purge-edge', version: 1, key: 'key', payload }
  t.match(await attempt({ job, attempt: 1, storedAt: 0 }, neverAborted), { kind: 'retry', delayMs: 500 })
  t.match(await attempt({ job, attempt: 19, storedAt: 0 }, neverAborted), { kind: 'retry', delayMs: 30_000 })
  t.strictSame(await attempt({ job, attempt: 20, storedAt: 0 }, neverAborted), { kind: 'done' })
  t.equal(server.calls.length, 3)
  t.match((await failedJobs.list(null, { limit: 10 })).items, [
    {
      name: 'purge-edge',
      state: 'failed',
      userId: null,
      attempts: 20,
      code: 'unavailable',
      detail: 'the CDN (generic) responded with status 500',
    },
  ])

  server.answer(200, { body: '{"success": false}' })
  t.match(
    await attempt({ job, attempt: 1, storedAt: 0 }, neverAborted),
    { kind: 'done' },
    'the generic provider ignores the response body',
  )
  const cloudflare = parseEdgeTargets(
    await loadEdgeProviders(),
    `cloudflare://zone?api=${server.url}`,
    'secret',
  )
  const purgeJob = { ...payload, target: cloudflare[0]!.id }
  const cloudflareEdge = createEdgePurger({ targets: cloudflare, calls, logger, enqueue: async () => {} })
  await t.rejects(cloudflareEdge.send(purgeJob, neverAborted), { code: 'unavailable' })
  await cloudflareEdge.send({ ...purgeJob, target: 'gone' }, neverAborted)
  t.equal(server.calls.length, 5, 'a target that is no longer configured is not called')
})
