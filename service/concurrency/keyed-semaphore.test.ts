import t from '../test/support/tap.ts'
import { KeyedSemaphore } from './keyed-semaphore.ts'

const rejection = () => new Error('no permit')

t.test('tasks of one key wait for each other, those of other keys do not', async t => {
  const semaphore = new KeyedSemaphore({
    permits: 2,
    total: 9,
    spare: 0,
    maxWaiting: 2,
    maxWaitMs: 60_000,
    rejection,
  })
  const ends = new Map<string, () => void>()
  const run = (name: string) =>
    semaphore.run(name.charAt(0), () => new Promise<void>(resolve => ends.set(name, resolve)))
  const runs = ['a1', 'a2', 'a3', 'a4', 'b1'].map(run)
  await new Promise(setImmediate)
  t.strictSame([...ends.keys()], ['a1', 'a2', 'b1'])
  await t.rejects(run('a5'), { message: 'no permit' }, 'two wait already')
  ends.get('a1')!()
  await runs[0]
  await new Promise(setImmediate)
  t.strictSame([...ends.keys()], ['a1', 'a2', 'b1', 'a3'], 'the first that waits goes on')
  ends.get('a2')!()
  await runs[1]
  await new Promise(setImmediate)
  for (const end of ends.values()) end()
  await Promise.all(runs)
  t.equal(semaphore.size, 0, 'nothing is kept')
})

t.test('a task that gets no permit in time is rejected, and a failed task frees its permit', async t => {
  const semaphore = new KeyedSemaphore({
    permits: 1,
    total: 9,
    spare: 0,
    maxWaiting: 2,
    maxWaitMs: 1,
    rejection,
  })
  let fail: (error: Error) => void = () => {}
  const failing = semaphore.run('a', () => new Promise((_, reject) => (fail = reject)))
  await t.rejects(
    semaphore.run('a', async () => 1),
    { message: 'no permit' },
  )
  fail(new Error('failed'))
  await t.rejects(failing, { message: 'failed' })
  t.equal(await semaphore.run('a', async () => 2), 2)
  t.equal(semaphore.size, 0)
})

t.test(
  'keys that run several tasks leave permits for others, and a key without a task comes first',
  async t => {
    const owners: boolean[] = []
    const options = {
      ...{ permits: 2, total: 4, spare: 1, maxWaiting: 2, maxWaitMs: 60_000 },
      rejection: (isOwn: boolean) => {
        owners.push(isOwn)
        return rejection()
      },
    }
    const semaphore = new KeyedSemaphore(options)
    const ends = new Map<string, () => void>()
    const run = (name: string) =>
      semaphore.run(name.charAt(0), () => new Promise<void>(resolve => ends.set(name, resolve)))
    const runs = ['a1', 'a2', 'b1', 'b2', 'c1', 'c2', 'd1'].map(run)
    await new Promise(setImmediate)
    t.strictSame([...ends.keys()], ['a1', 'a2', 'b1', 'c1'], 'two keys could not take all permits')
    ends.get('a1')!()
    await runs[0]
    await new Promise(setImmediate)
    t.strictSame([...ends.keys()].at(-1), 'd1', 'although others waited before')
    const late = semaphore.run('e', async () => {})
    for (const _ of [1, 2, 3]) {
      for (const end of ends.values()) end()
      await new Promise(setImmediate)
    }
    await Promise.all([...runs, late])
    t.equal(semaphore.size, 0)

    const full = new KeyedSemaphore({ ...options, total: 1, maxWaitMs: 1 })
    let end = () => {}
    const first = full.run('a', () => new Promise<void>(resolve => (end = resolve)))
    await t.rejects(full.run('a', async () => {}))
    await t.rejects(full.run('b', async () => {}))
    t.strictSame(owners, [true, false])
    end()
    await first
    t.equal(full.size, 0)
  },
)
