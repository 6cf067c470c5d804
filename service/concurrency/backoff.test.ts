import t from '../test/support/tap.ts'
import { backoffMs, jittered } from './backoff.ts'

t.test('the delay doubles with every attempt up to its maximum', async t => {
  const backoff = { firstMs: 500, maxMs: 30_000 }
  t.strictSame(
    [1, 2, 3, 6, 7, 8, 5_000].map(attempt => backoffMs(attempt, backoff)),
    [500, 1_000, 2_000, 16_000, 30_000, 30_000, 30_000],
  )
})

t.test('the delay grows by another factor where one is given', async t => {
  const backoff = { firstMs: 250, maxMs: 10_000, factor: 4 }
  t.strictSame(
    [1, 2, 3, 4].map(attempt => backoffMs(attempt, backoff)),
    [250, 1_000, 4_000, 10_000],
  )
})

t.test('a jittered delay lies between half of it and all of it, and varies', async t => {
  const delays = Array.from({ length: 200 }, () => jittered(1_000))
  t.ok(delays.every(ms => ms > 499 && ms <= 1_000))
  t.ok(Math.max(...delays) - Math.min(...delays) > 100)
})
