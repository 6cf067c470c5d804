import { DarkroomError } from '../errors/catalogue.ts'
import type { UsageBatch } from '../metadata/usage-rollups.ts'
import { createLogger } from '../telemetry/logger.ts'
import t from '../test/support/tap.ts'
import { createUsageRecorder } from './usage-recorder.ts'

/** Records the batches; `fail` may throw for one. */
function record(fail: (batch: UsageBatch) => void = () => {}) {
  const batches: UsageBatch[] = []
  const rows = {
    async addBatch(batch: UsageBatch) {
      fail(batch)
      batches.push(batch)
      return []
    },
    async trim() {},
  }
  return { batches, recorder: createUsageRecorder({ rows, logger: createLogger('silent') }) }
}

t.test('many names are written in parts, the sums of users first', async t => {
  const { batches, recorder } = record()
  for (let user = 0; user < 10; user++)
    for (let at = 0; at < 500; at++) recorder.countsFor(`user${user}`, `image${at}`, `${at}.jpg`).memory++
  await recorder.flush()
  t.strictSame(
    batches.map(({ number, days, tops }) => [number, days.length, tops.length]),
    [
      [1, 10, 0],
      [2, 0, 5_000],
      [3, 0, 5_000],
      [4, 0, 5_000],
    ],
  )
  await recorder.close()
})

t.test('a batch that always takes too long is given up, and later counts are written', async t => {
  const slow = new DarkroomError('unavailable', 'too slow', { isOutage: false })
  const { batches, recorder } = record(({ tops }) => {
    if (tops.some(({ name }) => name === 'slow11')) throw slow
  })
  recorder.countsFor('ann123', 'slow11', 'a.jpg').memory++
  await recorder.flush()
  recorder.countsFor('ann123', 'quick1', 'a.jpg').memory += 2
  for (let flush = 0; flush < 6; flush++) await recorder.flush()
  t.match(batches, [{ days: [{ requests: 1 }] }, { days: [{ requests: 2 }] }, { tops: [{ name: 'quick1' }] }])
  await recorder.close()
})

t.test('a batch waits for the end of an outage', async t => {
  let isAway = true
  const { batches, recorder } = record(() => {
    if (isAway) throw new DarkroomError('unavailable', 'no answer')
  })
  recorder.countsFor('ann123', 'image1', 'a.jpg').memory++
  for (let flush = 0; flush < 8; flush++) await recorder.flush()
  isAway = false
  await recorder.flush()
  t.match(batches, [{ days: [{ requests: 1 }] }, { tops: [{ name: 'image1' }, {}, {}] }])
  await recorder.close()
})
