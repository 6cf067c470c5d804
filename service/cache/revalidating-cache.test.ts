import { setTimeout } from 'node:timers/promises'
import { DarkroomError } from '../errors/catalogue.ts'
import t from '../test/support/tap.ts'
import { ChangeLog } from './change-log.ts'
import { RevalidatingCache } from './revalidating-cache.ts'

const revalidateAfterMs = 1_000

/** A cache whose loads are answered by the test, and a log of changes that is current. */
function setUp({ isWatched = true } = {}) {
  const changes = new ChangeLog()
  const loads: { answer(value: object | undefined): void; fail(error: Error): void }[] = []
  const cache = new RevalidatingCache<object>({
    max: 10,
    revalidateAfterMs,
    load: () =>
      new Promise((resolve, reject) => {
        loads.push({ answer: resolve, fail: reject })
      }),
    watching: { changes, keysOf: key => [key], isWatched: () => isWatched },
  })
  const listen = () => {
    changes.listening()
    changes.confirm(performance.now() + 60_000)
  }
  return { loads, cache, changes, listen }
}

t.test('a value in use is revalidated in the background before it becomes stale', async t => {
  const { loads, cache } = setUp()
  const [old, renewed] = [{ version: 1 }, { version: 2 }]
  const first = cache.get('a')
  loads[0]?.answer(old)
  t.equal(await first, old)
  t.equal(await cache.get('a'), old)
  t.equal(loads.length, 1, 'a fresh value is not loaded again')
  await setTimeout(revalidateAfterMs * 0.85)
  t.equal(await cache.get('a'), old, 'the cached value is served while the load runs')
  t.equal(await cache.get('a'), old)
  t.equal(loads.length, 2, 'both calls share one load')
  loads[1]?.answer(renewed)
  await setTimeout(1)
  t.equal(await cache.get('a'), renewed)
})

t.test('a failed background revalidation is repeated by the next call that needs the value', async t => {
  const { loads, cache } = setUp()
  const [old, renewed] = [{ version: 1 }, { version: 2 }]
  const first = cache.get('a')
  loads[0]?.answer(old)
  await first
  await setTimeout(revalidateAfterMs * 0.85)
  t.equal(await cache.get('a'), old)
  loads[1]?.fail(new DarkroomError('unavailable', 'the database does not answer'))
  await setTimeout(revalidateAfterMs * 0.3)
  const later = cache.get('a')
  loads[2]?.answer(renewed)
  t.equal(await later, renewed)
})

t.test('a missing value is not revalidated in the background', async t => {
  const { loads, cache } = setUp()
  const first = cache.get('a')
  loads[0]?.answer(undefined)
  t.equal(await first, undefined)
  await setTimeout(revalidateAfterMs * 0.85)
  t.equal(await cache.get('a'), undefined)
  t.equal(loads.length, 1)
})

t.test('revalidate ignores the result of a load that began earlier', async t => {
  const { loads, cache } = setUp()
  const [old, renewed] = [{ version: 1 }, { version: 2 }]
  const first = cache.get('a')
  const second = cache.revalidate('a')
  t.equal(loads.length, 2)
  loads[1]?.answer(renewed)
  t.equal(await second, renewed)
  loads[0]?.answer(old)
  t.equal(await first, old, 'the earlier call gets the result of its own load')
  t.equal(await cache.get('a'), renewed)
})

t.test('a value is served for longer while notices of changes arrive', async t => {
  const { loads, cache, changes, listen } = setUp()
  const [early, old, renewed] = [{ version: 0 }, { version: 1 }, { version: 2 }]
  const first = cache.get('a')
  loads[0]?.answer(early)
  await first
  listen()
  await setTimeout(revalidateAfterMs + 20)
  const second = cache.get('a')
  t.equal(loads.length, 2, 'the value from before the listening is loaded again')
  loads[1]?.answer(old)
  t.equal(await second, old)
  const missing = cache.get('missing')
  loads[2]?.answer(undefined)
  await missing
  await setTimeout(revalidateAfterMs + 20)
  t.equal(await cache.get('a'), old)
  t.equal(loads.length, 3)
  cache.get('missing')
  t.equal(loads.length, 4, 'new rows cause no notice')
  changes.record(['b'])
  t.equal(await cache.get('a'), old, 'another row has changed')
  changes.lost()
  const last = cache.get('a')
  t.equal(loads.length, 5, 'without notices, the value is stale')
  loads[4]?.answer(renewed)
  t.equal(await last, renewed)
})

t.test('a value of which no notices are sent is not served for longer', async t => {
  const { loads, cache, listen } = setUp({ isWatched: false })
  listen()
  const first = cache.get('a')
  loads[0]?.answer({ version: 1 })
  await first
  await setTimeout(revalidateAfterMs + 20)
  cache.get('a')
  t.equal(loads.length, 2)
})

t.test('a value that has changed is never served, nor a load that began before the change', async t => {
  const { loads, cache, changes, listen } = setUp()
  listen()
  const [old, renewed] = [{ version: 1 }, { version: 2 }]
  const first = cache.get('a')
  changes.record(['a'])
  const second = cache.get('a')
  t.equal(loads.length, 2, 'the load that runs is not joined')
  loads[1]?.answer(renewed)
  t.equal(await second, renewed)
  loads[0]?.answer(old)
  t.equal(await first, old, 'it began before the change')
  t.equal(await cache.get('a'), renewed)
  changes.record(['a'])
  const third = cache.get('a')
  loads[2]?.fail(new DarkroomError('unavailable', 'the database does not answer'))
  await t.rejects(third, { code: 'unavailable' })
})
