import { DarkroomError } from '../errors/catalogue.ts'
import type { ObjectNameRepository } from '../metadata/object-names.ts'
import type { ObjectStore } from '../storage/store.ts'
import t from '../test/support/tap.ts'
import { checkStore } from './store-check.ts'

t.test('a repair deletes what it can, and names objects that the store refuses to delete', async t => {
  const keys = new Set([
    'processed/user/image1.jpg',
    'processed/user/locked.jpg',
    'processed/user/image2.jpg',
  ])
  const store = {
    async *list(prefix: string) {
      for (const key of keys) if (key.startsWith(prefix)) yield key
    },
    size: async () => 1,
    async delete(names: readonly string[]) {
      if (names.some(name => name.includes('locked')))
        throw new DarkroomError('unavailable', 'refused', { isOutage: false })
      for (const name of names) keys.delete(name)
    },
  } as Partial<ObjectStore> as ObjectStore
  const none = async () => []
  const objectNames = {
    listDerivatives: none,
    listOriginals: none,
    listReadyOriginals: none,
  } as unknown as ObjectNameRepository
  const undeletable: string[] = []
  const report = await checkStore(
    { store, objectNames },
    {
      repair: true,
      signal: new AbortController().signal,
      onOriginal: () => {},
      onUndeletable: key => undeletable.push(key),
    },
  )
  t.match(report, { unnamedDerivatives: 3, undeletable: 1 })
  t.strictSame(undeletable, ['processed/user/locked.jpg'])
  t.strictSame([...keys], undeletable)
})
