import { setTimeout } from 'node:timers/promises'
import { DarkroomError } from '../errors/catalogue.ts'
import t from '../test/support/tap.ts'
import { RevalidatingCache } from './revalidating-cache.ts'

const revalidateAfterMs = 1_000

/** A cache whose loads are answered by the test. */
function setUp() {
  const loads: { answer(value: object | undefined): void; fail(error: Error): void }[] = []
  const cache = new RevalidatingCache<object>({
    max: 10,
    revalidateAfterMs,
    load: () =>
      new Promise((resolve, reject) => {
        loads.push({ answer: resolve, fail: reject })
      }),
  })
  return { loads, cache }
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
