import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from 'nats'
import { createLogger } from '../../telemetry/logger.ts'
import { type DedicatedNats, startDedicatedNats } from '../../test/support/services/nats.ts'
import { openProxy } from '../../test/support/services/proxy.ts'
import t, { type Test } from '../../test/support/tap.ts'
import { until } from '../../test/support/until.ts'
import { parseNatsUrl } from '../config.ts'
import type { Queue } from '../queue.ts'
import { consume, done, gate, job, timeoutMs } from '../queue-fixture.contract.ts'
import { openNatsQueue } from './nats.ts'

const logger = createLogger('silent')
const server = await startDedicatedNats()
const skip = server ? false : 'there is no NATS server'
t.teardown(() => server?.stop())
let tests = 0

/** A separate queue on the server, through a proxy when its port is given. */
async function openQueue(t: Test, { ackWaitMs = 1000, port = server!.port, prefix = `test${++tests}` } = {}) {
  const location = parseNatsUrl(`nats://127.0.0.1:${port}?prefix=${prefix}`)
  const queue = await openNatsQueue({ location, logger, maxJobs: 100, maxBytes: 1_000_000, ackWaitMs })
  t.teardown(() => queue.close())
  return { queue, prefix }
}

/** Expects that a call fails as `unavailable` within a second. */
async function rejectsSoon(t: Test, call: () => Promise<unknown>): Promise<void> {
  const started = performance.now()
  await t.rejects(call(), { code: 'unavailable', retryAfterMs: Number })
  const ms = performance.now() - started
  t.ok(ms < 1000, `after ${ms} ms`)
}

/** Restarts the server and waits until the queues have reconnected. */
async function restart(nats: DedicatedNats, ...queues: Queue[]): Promise<void> {
  await nats.restart()
  for (const queue of queues) {
    const answers = () =>
      queue.check(AbortSignal.timeout(1000)).then(
        () => true,
        () => false,
      )
    await until('the queue answers', timeoutMs, answers)
  }
}

t.test('killed server loses no job, and new jobs are rejected at once', { skip }, async t => {
  const { queue } = await openQueue(t)
  const { opened, open } = gate()
  const seen = await consume(queue, { concurrency: 2, handle: () => opened.then(() => done) })
  const received: unknown[] = []
  queue.subscribe('done', message => received.push(message))
  const keys = Array.from({ length: 6 }, (_, index) => `${index}`)
  for (const key of keys) await queue.enqueue(job(key))
  await seen.until(2)
  await server!.kill()
  await sleep(100)
  await rejectsSoon(t, () => queue.enqueue(job('late')))
  await rejectsSoon(t, () => queue.check(AbortSignal.timeout(3000)))
  await rejectsSoon(t, () => queue.countPending('develop'))
  await rejectsSoon(t, () => consume(queue))
  queue.broadcast('done', 'lost')
  await restart(server!, queue)
  open()
  await until('all jobs were handled', timeoutMs, () => keys.every(key => seen.keys().includes(key)))
  await until('no job is pending', timeoutMs, async () => (await queue.countPending('develop')) === 0)
  await sleep(1500)
  t.ok(seen.deliveries.length <= keys.length + 2, `${seen.keys()}: only running jobs may be delivered again`)
  t.equal(await queue.enqueue(job('late')), 'queued', 'the rejected job was not stored')
  queue.broadcast('done', 'received')
  await until('the subscription works again', timeoutMs, () => received.length > 0)
  t.strictSame(received, ['received'])
})

t.test(
  'outcome of a job that ended during an outage is reported when the server is back',
  { skip },
  async t => {
    const { queue } = await openQueue(t, { ackWaitMs: 8000 })
    const { opened, open } = gate()
    const seen = await consume(queue, { handle: () => opened.then(() => done) })
    await queue.enqueue(job('a'))
    await seen.until(1)
    await server!.kill()
    open()
    await sleep(1000)
    await restart(server!, queue)
    await until('the job is done', timeoutMs, async () => (await queue.enqueue(job('a'))) === 'queued')
    await seen.until(2)
    t.strictSame(
      seen.deliveries.map(({ attempt }) => attempt),
      [1, 1],
      'the second delivery is of the new job',
    )
  },
)

t.test(
  'server that lost its data gets its stream again, and an old outcome does not settle a new job',
  { skip },
  async t => {
    const { queue } = await openQueue(t)
    const gates = new Map([
      ['old', gate()],
      ['new', gate()],
    ])
    const seen = await consume(queue, {
      concurrency: 2,
      handle: async ({ job }) => {
        await gates.get(job.key)?.opened
        return done
      },
    })
    await queue.enqueue(job('old'))
    await seen.until(1)
    await server!.kill()
    await server!.loseData()
    await restart(server!, queue)
    t.equal(await queue.enqueue(job('new')), 'queued')
    await seen.until(2)
    gates.get('old')?.open()
    await sleep(1500)
    t.equal(await queue.enqueue(job('new')), 'duplicate', 'the new job still runs')
    gates.get('new')?.open()
    await until('the job is done', timeoutMs, async () => (await queue.enqueue(job('new'))) === 'queued')
    await seen.until(3)
    t.strictSame(seen.keys(), ['old', 'new', 'new'])
  },
)

t.test('deleted stream and consumer are created again while consumers run', { skip }, async t => {
  const { queue, prefix } = await openQueue(t)
  const seen = await consume(queue, { concurrency: 2 })
  const connection = await connect({ servers: server!.url })
  t.teardown(() => connection.close())
  const manager = await connection.jetstreamManager()
  const stream = `${prefix}-jobs`
  await manager.streams.delete(stream)
  t.equal(await queue.enqueue(job('a')), 'queued')
  await seen.until(1)
  // if the job were not acknowledged, the consumer that is created again would get it, too
  await until('the job is acknowledged', timeoutMs, async () => {
    return (await manager.streams.info(stream)).state.messages === 0
  })
  await manager.consumers.delete(stream, 'develop')
  t.equal(await queue.enqueue(job('b')), 'queued')
  await seen.until(2)
  t.strictSame(seen.keys(), ['a', 'b'])
})

t.test('messages in the stream that are not jobs are dropped', { skip }, async t => {
  const { queue, prefix } = await openQueue(t)
  const connection = await connect({ servers: server!.url })
  t.teardown(() => connection.close())
  const stream = connection.jetstream()
  const invalid = [
    '',
    '{',
    '[]',
    'null',
    '{"version":1,"key":"a"}',
    '{"version":"1","key":"a","payload":1}',
    '\0',
  ]
  for (const [index, text] of invalid.entries()) await stream.publish(`${prefix}.job.develop.${index}`, text)
  connection.publish(`${prefix}.event.x`, '{')
  await t.rejects(
    stream.publish(`${prefix}.job.develop.x`, 'x'.repeat(100_000)),
    'the stream rejects messages larger than a job can be',
  )
  await queue.enqueue(job('a'))
  const seen = await consume(queue)
  await seen.until(1)
  await until('no job is pending', timeoutMs, async () => (await queue.countPending('develop')) === 0)
  t.strictSame(seen.keys(), ['a'])
})

t.test('network that drops all packets is reported as unavailable within a second', { skip }, async t => {
  const proxy = await openProxy(t, server!.port)
  const { queue } = await openQueue(t, { port: proxy.port })
  const seen = await consume(queue)
  proxy.blackhole()
  await rejectsSoon(t, () => queue.enqueue(job('a')))
  await rejectsSoon(t, () => queue.check(AbortSignal.timeout(500)))
  await proxy.restore()
  await until('the job is accepted', timeoutMs, () =>
    queue.enqueue(job('b')).then(
      () => true,
      () => false,
    ),
  )
  await until('the job is handled', timeoutMs, () => seen.keys().includes('b'))
})

t.test('job of a killed process is delivered to another one', { skip }, async t => {
  const { queue, prefix } = await openQueue(t)
  const modules = Object.fromEntries(
    ['./nats.js', '../config.js', '../../telemetry/logger.js'].map(name => [
      name,
      new URL(name, import.meta.url).href,
    ]),
  )
  const script = `
    import { openNatsQueue } from '${modules['./nats.js']}'
    import { parseNatsUrl } from '${modules['../config.js']}'
    import { createLogger } from '${modules['../../telemetry/logger.js']}'
    const location = parseNatsUrl('${server!.url}?prefix=${prefix}')
    const logger = createLogger('silent')
    const queue = await openNatsQueue({ location, logger, maxJobs: 100, maxBytes: 1e6, ackWaitMs: 1000 })
    await queue.consume('develop', { concurrency: 2, handle: () => {
      process.stdout.write('working')
      return new Promise(() => {})
    } })`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exit = once(child, 'exit')
  await queue.enqueue(job('a'))
  await once(child.stdout, 'data')
  const seen = await consume(queue)
  await sleep(2500)
  t.equal(seen.deliveries.length, 0, 'the job stays with the process while it lives')
  child.kill('SIGKILL')
  await exit
  const killed = performance.now()
  await seen.until(1)
  t.ok(performance.now() - killed < 10_000, `after ${performance.now() - killed} ms`)
  t.match(seen.deliveries, [{ job: job('a'), attempt: 2 }])
  t.equal(seen.deliveries.length, 1)
})

t.test('unreachable server and wrong credentials are clear errors', { skip }, async t => {
  const open = (url: string) => openNatsQueue({ location: parseNatsUrl(url), logger })
  await t.rejects(open('nats://127.0.0.1:1'), { code: 'unavailable', message: /CONNECTION_REFUSED/ })
  await t.rejects(open(server!.url.replace('nats:', 'tls:')), { code: 'unavailable' })
  const guarded = await startDedicatedNats({ args: ['--user', 'ann', '--pass', 'p@ss/word'] })
  t.teardown(() => guarded!.stop())
  const at = (credentials: string) => guarded!.url.replace('//', `//${credentials}`)
  for (const url of [guarded!.url, at('ann:wrong@'), at('ann@')])
    await t.rejects(open(url), { code: 'unavailable', message: /Authorization Violation/ })
  const queue = await open(at('ann:p%40ss%2Fword@'))
  t.equal(await queue.enqueue(job('a')), 'queued')
  await queue.close()
  const tokens = await startDedicatedNats({ args: ['--auth', 'a-token'] })
  t.teardown(() => tokens!.stop())
  await (await open(tokens!.url.replace('//', '//a-token@'))).close()
})

t.test('a job that a killed server has acknowledged, but not removed, is removed', { skip }, async t => {
  const { queue, prefix } = await openQueue(t)
  const messages = join(server!.folder, 'jetstream', '$G', 'streams', `${prefix}-jobs`, 'msgs')
  await queue.enqueue(job('a'))
  await server!.kill()
  await cp(messages, `${messages}.before`, { recursive: true })
  await restart(server!, queue)
  const seen = await consume(queue)
  await seen.until(1)
  await until('the job is acknowledged', timeoutMs, async () => (await queue.countPending('develop')) === 0)
  // the server writes the state of its consumers a little later
  await sleep(1000)
  await server!.kill()
  await rm(messages, { recursive: true })
  await rename(`${messages}.before`, messages)
  await restart(server!, queue)
  await until(
    'the job can be enqueued again',
    timeoutMs,
    async () => (await queue.enqueue(job('a'))) === 'queued',
  )
  await seen.until(2)
  t.strictSame(seen.keys(), ['a', 'a'])
})
