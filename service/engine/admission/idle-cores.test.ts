import { setTimeout as sleep } from 'node:timers/promises'
import t from '../../test/support/tap.ts'
import { IdleCores } from './idle-cores.ts'

const { signal } = new AbortController()

/** Cores with requests that the test sets, and the names of the work in the order in which it started. */
function setUp(cores: number) {
  const requests = { running: 0 }
  const idle = new IdleCores({ cores, busy: () => requests.running })
  const started: string[] = []
  const ends = new Map<string, () => void>()
  const begin = (
    name: string,
    options: { isUrgent?: boolean; maxWaitMs?: number; signal?: AbortSignal } = {},
  ) =>
    idle.run({ signal, maxWaitMs: 60_000, ...options }, async () => {
      started.push(name)
      await new Promise<void>(resolve => ends.set(name, resolve))
    })
  const end = async (name: string) => {
    ends.get(name)?.()
    await sleep(0)
  }
  return { requests, idle, started, begin, end }
}

t.test('background work runs on as many cores as requests leave idle', async t => {
  const { requests, idle, started, begin, end } = setUp(3)
  requests.running = 1
  const all = Promise.all(['a', 'b', 'c', 'd'].map(name => begin(name)))
  await sleep(0)
  t.strictSame(started, ['a', 'b'])
  requests.running = 2
  await end('a')
  t.strictSame(started, ['a', 'b'], 'a request has taken the core')
  requests.running = 0
  idle.startNext()
  await sleep(0)
  t.strictSame(started, ['a', 'b', 'c', 'd'])
  for (const name of started) await end(name)
  await all
  t.equal(idle.running, 0)
})

t.test('urgent background work starts first, and overdue work although requests run', async t => {
  const { requests, started, begin, end } = setUp(1)
  const all = [begin('a'), begin('b', { maxWaitMs: 20 }), begin('c', { isUrgent: true })]
  await sleep(0)
  await end('a')
  t.strictSame(started, ['a', 'c'])
  requests.running = 1
  await end('c')
  await sleep(40)
  t.strictSame(started, ['a', 'c', 'b'])
  await end('b')
  await Promise.all(all)
})

t.test('background work that is aborted while it waits does not run', async t => {
  const { requests, started, begin } = setUp(1)
  requests.running = 1
  const controller = new AbortController()
  const waiting = begin('a', { signal: controller.signal })
  controller.abort(new Error('stopped'))
  await t.rejects(waiting, { message: 'stopped' })
  t.strictSame(started, [])
})
