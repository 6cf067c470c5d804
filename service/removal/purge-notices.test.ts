import { ChangeLog } from '../cache/change-log.ts'
import { MemoryTier } from '../cache/memory-tier.ts'
import { createTieredCache } from '../cache/tiered-cache.ts'
import type { ImageDirectory } from '../delivery/image-directory.ts'
import { createLocalQueue } from '../queue/drivers/local.ts'
import type { ObjectStore } from '../storage/store.ts'
import { createLogger } from '../telemetry/logger.ts'
import t from '../test/support/tap.ts'
import { until } from '../test/support/until.ts'
import { createPurgeNotices } from './purge-notices.ts'

t.test('a purge notice evicts exactly the named images in every process', async t => {
  const queue = createLocalQueue({ logger: createLogger('silent') })
  t.teardown(() => queue.close())
  const openProcess = () => {
    const invalidated: string[] = []
    const directory: ImageDirectory = {
      find: () => Promise.reject(new Error('not expected')),
      forget: (userId, imageId) => invalidated.push(`${userId}/${imageId}`),
    }
    // memory needs no store
    const cache = createTieredCache(new MemoryTier({ maxBytes: 1_000_000 }), {} as ObjectStore)
    for (const name of ['image1_flip.jpg', 'image1.png', 'image10.png', 'image2.jpg'])
      cache.putInMemory({
        key: `processed/user01/${name}`,
        data: Buffer.from(name),
        contentType: 'image/png',
        variant: 'final',
      })
    const has = (name: string) => cache.getFromMemory(`processed/user01/${name}`) !== undefined
    return {
      invalidated,
      has,
      purgeNotices: createPurgeNotices({ queue, cache, directory, changes: new ChangeLog() }),
    }
  }
  const [here, there, closed] = [openProcess(), openProcess(), openProcess()]
  closed.purgeNotices.close()
  queue.broadcast('purge', { userId: 'user01', imageIds: 'image2' })
  here.purgeNotices.publish('user01', ['image1', 'image3'])
  t.strictSame([here.has('image1_flip.jpg'), here.has('image1.png')], [false, false], 'evicted here at once')
  await until('the other process receives the notice', 5000, () => !there.has('image1.png'))
  t.notOk(there.has('image1_flip.jpg'))
  t.ok(there.has('image10.png') && there.has('image2.jpg'))
  t.strictSame(there.invalidated, ['user01/image1', 'user01/image3'])
  t.ok(closed.has('image1.png'), 'a closed process receives nothing')
})
