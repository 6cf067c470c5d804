import { readConfig } from '../config.ts'
import t from '../test/support/tap.ts'
import { parsePlace, printPlace, shareOf, threadsOf } from './shares.ts'

t.test('the shares of all processes together are the configured limits', async t => {
  const config = await readConfig({
    ...{ DARKROOM_CONCURRENCY: '5', DARKROOM_MEMORY_CACHE_MB: '256', DARKROOM_DATABASE_POOL: '14' },
    ...{ DARKROOM_QUEUE_LIMIT: '1', DARKROOM_UPLOAD_SLOTS: '64' },
  })
  const shares = [1, 2, 3].map(index => shareOf(config, { index, count: 3 }))
  t.strictSame(
    shares.map(share => share.DARKROOM_CONCURRENCY),
    [2, 2, 1],
  )
  t.strictSame(
    shares.map(share => share.DARKROOM_MEMORY_CACHE_MB),
    [86, 85, 85],
  )
  t.strictSame(
    shares.map(share => share.DARKROOM_DATABASE_POOL),
    [5, 5, 4],
  )
  t.strictSame(
    shares.map(share => share.DARKROOM_QUEUE_LIMIT),
    [1, 0, 0],
  )
  const small = await readConfig({ DARKROOM_CONCURRENCY: '1', DARKROOM_DATABASE_POOL: '4' })
  const share = shareOf(small, { index: 8, count: 8 })
  t.match(share, { DARKROOM_CONCURRENCY: 1, DARKROOM_DATABASE_POOL: 4, DARKROOM_METRICS_PORT: 0 })
  t.equal(threadsOf('12', 4), '4')
  t.strictSame(parsePlace(printPlace({ index: 2, count: 3 })), { index: 2, count: 3 })
})
