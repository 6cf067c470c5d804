import { setImmediate } from 'node:timers/promises'
import t from '../test/support/tap.ts'
import { Semaphore } from './semaphore.ts'

const options = { permits: 2, maxWaiting: 2, what: 'tests', retryAfterMs: 500 }

/** Tasks that run until they are finished by name. */
function createTasks(semaphore: Semaphore) {
  const finish = new Map<string, () => void>()
  const run = (name: string, signal?: AbortSignal) =>
    semaphore.run(() => new Promise<void>(resolve => finish.set(name, resolve)), signal)
  return { run, finish }
}

t.test('tasks run up to the limit, then wait in order, then are rejected', async t => {
  const { run, finish } = createTasks(new Semaphore(options))
  const running = ['a', 'b', 'c', 'd'].map(name => run(name))
  await t.rejects(run('e'), { code: 'overloaded', message: 'too many tests at once', retryAfterMs: 500 })
  t.strictSame([...finish.keys()], ['a', 'b'])
  finish.get('b')?.()
  await running[1]
  await setImmediate()
  t.strictSame([...finish.keys()], ['a', 'b', 'c'], 'the first waiting task runs next')
  for (const name of ['a', 'c']) finish.get(name)?.()
  await setImmediate()
  finish.get('d')?.()
  await Promise.all(running)
})

t.test('a task that throws releases its permit', async t => {
  const semaphore = new Semaphore({ ...options, permits: 1, maxWaiting: 0 })
  await t.rejects(
    semaphore.run(() => Promise.reject(new Error('failed'))),
    { message: 'failed' },
  )
  t.equal(await semaphore.run(async () => 'done'), 'done')
})

t.test('an aborted task stops waiting and leaves its place to others', async t => {
  const { run, finish } = createTasks(new Semaphore({ ...options, permits: 1, maxWaiting: 1 }))
  const first = run('a')
  const controller = new AbortController()
  const aborted = run('b', controller.signal)
  controller.abort(new Error('closed'))
  await t.rejects(aborted, { message: 'closed' })
  await t.rejects(run('c', controller.signal), { message: 'closed' })
  const last = run('d')
  finish.get('a')?.()
  await first
  await setImmediate()
  t.strictSame([...finish.keys()], ['a', 'd'])
  finish.get('d')?.()
  await last
})
