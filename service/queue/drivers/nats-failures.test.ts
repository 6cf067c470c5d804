import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from 'nats'
import t, { type Test } from 'tap'
import { createLogger } from '../../telemetry/logger.ts'
import { type DedicatedNats, startDedicatedNats } from '../../test/support/services/nats.ts'
import { openProxy } from '../../test/support/services/proxy.ts'
import { until } from '../../test/support/until.ts'
import { parseNatsUrl } from '../config.ts'
import type { Queue } from '../queue.ts'
import { consume, done, gate, job, patienceMs } from '../queue-probes.contract.ts'
import { openNatsQueue } from './nats.ts'

const logger = createLogger('silent')
const server = await startDedicatedNats()
const skip = server ? false : 'there is no NATS server'
t.teardown(() => server?.stop())
let tests = 0

/** A queue of its own on the server, with a proxy's port in place of the server's where one is given. */
async function openQueue(t: Test, { ackWaitMs = 1000, port = server!.port, prefix = `test${++tests}` } = {}) {
  const place = parseNatsUrl(`nats://127.0.0.1:${port}?prefix=${prefix}`)
  const queue = await openNatsQueue({ place, logger, maxJobs: 100, maxBytes: 1_000_000, ackWaitMs })
  t.teardown(() => queue.close())
  return { queue, prefix }
}

/** Fails as `unavailable`, and soon. */
async function refused(t: Test, call: () => Promise<unknown>): Promise<void> {
  const begun = performance.now()
  await t.rejects(call(), { code: 'unavailable', retryAfterMs: Number })
  const ms = performance.now() - begun
  t.ok(ms < 1000, `after ${ms} ms`)
}

/** The server is back, and the queue has noticed. */
async function resumed(nats: DedicatedNats, ...queues: Queue[]): Promise<void> {
  await nats.restart()
  for (const queue of queues) {
    const answers = () =>
      queue.check(AbortSignal.timeout(1000)).then(
        () => true,
        () => false,
      )
    await until('the queue answers', patienceMs, answers)
  }
}

t.test('a server that is killed loses no job, and refuses new ones at once', { skip }, async t => {
  const { queue } = await openQueue(t)
  const { opened, open } = gate()
  const seen = await consume(queue, { concurrency: 2, handle: () => opened.then(() => done) })
  const heard: unknown[] = []
  queue.subscribe('done', message => heard.push(message))
  const keys = Array.from({ length: 6 }, (_, index) => `${index}`)
  for (const key of keys) await queue.enqueue(job(key))
  await seen.until(2)
  await server!.kill()
  await sleep(100)
  await refused(t, () => queue.enqueue(job('late')))
  await refused(t, () => queue.check(AbortSignal.timeout(3000)))
  await refused(t, () => queue.countPending('develop'))
  await refused(t, () => consume(queue))
  queue.broadcast('done', 'lost')
  await resumed(server!, queue)
  open()
  await until('all are handled', patienceMs, () => keys.every(key => seen.keys().includes(key)))
  await until('none is left', patienceMs, async () => (await queue.countPending('develop')) === 0)
  await sleep(1500)
  t.ok(seen.deliveries.length <= keys.length + 2, `${seen.keys()}: only those in hand may have come again`)
  t.equal(await queue.enqueue(job('late')), 'queued', 'what was refused was not kept')
  queue.broadcast('done', 'heard')
  await until('it listens again', patienceMs, () => heard.length > 0)
  t.strictSame(heard, ['heard'])
})

t.test('what is done while the server is away is said when it is back', { skip }, async t => {
  const { queue } = await openQueue(t, { ackWaitMs: 8000 })
  const { opened, open } = gate()
  const seen = await consume(queue, { handle: () => opened.then(() => done) })
  await queue.enqueue(job('a'))
  await seen.until(1)
  await server!.kill()
  open()
  await sleep(1000)
  await resumed(server!, queue)
  await until('it is done', patienceMs, async () => (await queue.enqueue(job('a'))) === 'queued')
  await seen.until(2)
  t.strictSame(
    seen.deliveries.map(({ attempt }) => attempt),
    [1, 1],
    'the second is the new one',
  )
})

t.test(
  'a server that lost its data gets its stream again; what is said of an old job is not taken for a new one',
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
    await resumed(server!, queue)
    t.equal(await queue.enqueue(job('new')), 'queued')
    await seen.until(2)
    gates.get('old')?.open()
    await sleep(1500)
    t.equal(await queue.enqueue(job('new')), 'duplicate', 'it still runs')
    gates.get('new')?.open()
    await until('it is done', patienceMs, async () => (await queue.enqueue(job('new'))) === 'queued')
    await seen.until(3)
    t.strictSame(seen.keys(), ['old', 'new', 'new'])
  },
)

t.test('a stream that is deleted while everybody works comes back', { skip }, async t => {
  const { queue, prefix } = await openQueue(t)
  const seen = await consume(queue, { concurrency: 2 })
  const connection = await connect({ servers: server!.url })
  t.teardown(() => connection.close())
  const manager = await connection.jetstreamManager()
  const stream = `${prefix}-jobs`
  await manager.streams.delete(stream)
  t.equal(await queue.enqueue(job('a')), 'queued')
  await seen.until(1)
  // else it would come again, as it may
  await until('it is done with', patienceMs, async () => {
    return (await manager.streams.info(stream)).state.messages === 0
  })
  await manager.consumers.delete(stream, 'develop')
  t.equal(await queue.enqueue(job('b')), 'queued')
  await seen.until(2)
  t.strictSame(seen.keys(), ['a', 'b'])
})

t.test('what lies in the stream and is no job is dropped', { skip }, async t => {
  const { queue, prefix } = await openQueue(t)
  const connection = await connect({ servers: server!.url })
  t.teardown(() => connection.close())
  const stream = connection.jetstream()
  const rubbish = [
    '',
    '{',
    '[]',
    'null',
    '{"version":1,"key":"a"}',
    '{"version":"1","key":"a","payload":1}',
    '\0',
  ]
  for (const [index, text] of rubbish.entries()) await stream.publish(`${prefix}.job.develop.${index}`, text)
  connection.publish(`${prefix}.event.x`, '{')
  await t.rejects(
    stream.publish(`${prefix}.job.develop.x`, 'x'.repeat(100_000)),
    'the stream takes no more than a job',
  )
  await queue.enqueue(job('a'))
  const seen = await consume(queue)
  await seen.until(1)
  await until('nothing is left', patienceMs, async () => (await queue.countPending('develop')) === 0)
  t.strictSame(seen.keys(), ['a'])
})

t.test('a network that swallows everything is `unavailable` within a second', { skip }, async t => {
  const proxy = await openProxy(t, server!.port)
  const { queue } = await openQueue(t, { port: proxy.port })
  const seen = await consume(queue)
  proxy.blackhole()
  await refused(t, () => queue.enqueue(job('a')))
  await refused(t, () => queue.check(AbortSignal.timeout(500)))
  await proxy.restore()
  await until('it is taken', patienceMs, () =>
    queue.enqueue(job('b')).then(
      () => true,
      () => false,
    ),
  )
  await until('it is handled', patienceMs, () => seen.keys().includes('b'))
})

t.test('the job of a process that is killed comes to another', { skip }, async t => {
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
    const place = parseNatsUrl('${server!.url}?prefix=${prefix}')
    const logger = createLogger('silent')
    const queue = await openNatsQueue({ place, logger, maxJobs: 100, maxBytes: 1e6, ackWaitMs: 1000 })
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
  t.equal(seen.deliveries.length, 0, 'it is kept as long as the process lives')
  child.kill('SIGKILL')
  await exit
  const killed = performance.now()
  await seen.until(1)
  t.ok(performance.now() - killed < 2500, `after ${performance.now() - killed} ms`)
  t.strictSame(seen.deliveries, [{ job: job('a'), attempt: 2 }])
})

t.test('a server that is not there, or knows nobody by that name, is one clear error', { skip }, async t => {
  const open = (url: string) => openNatsQueue({ place: parseNatsUrl(url), logger })
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
