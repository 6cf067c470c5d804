import t from 'tap'
import { createEdgePurger, type PurgeEdgeJob } from '../../edge/edge-purger.ts'
import { loadEdgeProviders, parseEdgeTargets } from '../../edge/edge-targets.ts'
import { EdgeCallRepository } from '../../metadata/edge-calls.ts'
import { FailedJobRepository } from '../../metadata/failed-jobs.ts'
import { createLogger } from '../../telemetry/logger.ts'
import { createMetrics } from '../../telemetry/metrics.ts'
import { migratedDatabase } from '../../test/support/services/postgres.ts'
import { openToldEdge } from '../../test/support/told-edge.ts'
import type { JobParts } from '../job.ts'
import { createJobHandler } from '../job-handler.ts'
import purgeEdge from './purge-edge.ts'

const stay = new AbortController().signal
const logger = createLogger('silent')

t.test('tags go in batches, each a job of its own, and a later purge is another', async t => {
  const orders: PurgeEdgeJob[] = []
  const places = 'cloudflare://zone fastly://service'
  const targets = parseEdgeTargets(await loadEdgeProviders(), places, 'one two')
  const calls = new EdgeCallRepository(await migratedDatabase(t))
  const edge = createEdgePurger({ targets, calls, logger, enqueue: async order => orders.push(order) })
  const tags = Array.from({ length: 250 }, (_, index) => `i-${index}`)
  await edge.purge(tags, 'purge')
  t.strictSame(
    orders.map(order => order.tags.length),
    [100, 100, 50, 250],
  )
  await edge.purge(tags, 'purge')
  const keys = orders.map(order => purgeEdge.createTask(order)?.key)
  t.equal(new Set(keys).size, 8)
})

t.test('a cache that fails for ever is given up, and on record', async t => {
  const server = await openToldEdge(t)
  server.answer(500)
  const database = await migratedDatabase(t)
  const failedJobs = new FailedJobRepository(database)
  const calls = new EdgeCallRepository(database)
  const targets = parseEdgeTargets(await loadEdgeProviders(), server.url, 'secret')
  const orders: PurgeEdgeJob[] = []
  const edge = createEdgePurger({ targets, calls, logger, enqueue: async order => orders.push(order) })
  await edge.purge(['i-abc'], 'delete')
  // a job has no other part
  const jobParts = { edge } as JobParts
  const parts = { failedJobs, jobParts, metrics: createMetrics(), logger }
  const attempt = createJobHandler(purgeEdge, parts)
  const payload = orders[0]!
  const job = { name: 'purge-edge', version: 1, key: 'key', payload }
  t.match(await attempt({ job, attempt: 1 }, stay), { kind: 'retry', delayMs: 500 })
  t.match(await attempt({ job, attempt: 19 }, stay), { kind: 'retry', delayMs: 30_000 })
  t.strictSame(await attempt({ job, attempt: 20 }, stay), { kind: 'done' })
  t.equal(server.calls.length, 3)
  t.match((await failedJobs.list(null, { limit: 10 })).items, [
    {
      name: 'purge-edge',
      state: 'failed',
      userId: null,
      attempts: 20,
      code: 'unavailable',
      detail: 'the edge (generic) answered 500',
    },
  ])

  server.answer(200, { body: '{"success": false}' })
  t.match(await attempt({ job, attempt: 1 }, stay), { kind: 'done' }, 'a generic one may say what it likes')
  const cloudflare = parseEdgeTargets(
    await loadEdgeProviders(),
    `cloudflare://zone?api=${server.url}`,
    'secret',
  )
  const order = { ...payload, target: cloudflare[0]!.id }
  const told = createEdgePurger({ targets: cloudflare, calls, logger, enqueue: async () => {} })
  await t.rejects(told.send(order, stay), { code: 'unavailable' })
  await told.send({ ...order, target: 'gone' }, stay)
  t.equal(server.calls.length, 5, 'one that is not configured any more is not told')
})
