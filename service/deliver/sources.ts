import { LRUCache } from 'lru-cache'
import { originalKey } from '../storage/keys.ts'
import type { ObjectStore } from '../storage/store.ts'
import type { KnownImage } from './directory.ts'
import { Flights } from './flight.ts'

/** Originals' bytes between developments: a page asks for many sizes of one image at once. */
export interface Sources {
  /** @throws Error when the store has lost the original, `unavailable` when it does not answer */
  read(image: KnownImage, signal: AbortSignal): Promise<Buffer>
  forget(image: { userId: string; imageId: string }): void
}

export function createSources(store: ObjectStore, { maxBytes }: { maxBytes: number }): Sources {
  const kept = new LRUCache<string, Buffer>({ maxSize: maxBytes, sizeCalculation: data => data.length + 256 })
  const flights = new Flights<Buffer>()
  const keyOf = ({ userId, imageId }: { userId: string; imageId: string }) => `${userId}/${imageId}`
  return {
    async read(image, signal) {
      const id = keyOf(image)
      const known = kept.get(id)
      if (known) return known
      const { value } = await flights.join(id, signal, async flight => {
        const key = originalKey(image.userId, image.imageId, image.extension)
        const data = await store.read(key, { maxBytes: image.facts.bytes, signal: flight })
        if (data === undefined) throw new Error(`the original ${key} is not in the store`)
        kept.set(id, data)
        return data
      })
      return value
    },
    forget: image => kept.delete(keyOf(image)),
  }
}
