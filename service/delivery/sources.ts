import { LRUCache } from 'lru-cache'
import { SingleFlight } from '../cache/single-flight.ts'
import type { Engine } from '../engine/engine.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import type { ImageRepository } from '../metadata/images.ts'
import type { Size } from '../operations/shapes.ts'
import { rungDecodeCostMs } from '../plan/cost.ts'
import { isPaged, type PagedFormat } from '../plan/facts.ts'
import type { RungSource } from '../plan/ladder.ts'
import { sourceFrame } from '../plan/selection.ts'
import { originalKey, pageKey, rungKey } from '../storage/keys.ts'
import type { ObjectStore } from '../storage/store.ts'
import type { DeliverableImage } from './image-directory.ts'
import { missingOriginalError } from './missing-original.ts'

/** What developments read, kept between them: a page asks for many sizes of one image at once. */
export interface Sources {
  /**
   * The original's bytes; of a format that is decoded once, the rung that holds the page, which counts from 1.
   * @throws Error when the store has lost the original, `unavailable` when it does not answer, `undecodable`
   */
  readOriginal(image: DeliverableImage, page: number, signal: AbortSignal): Promise<Buffer>
  /** The pixels of a rung; undefined when it is lost or damaged. @throws `unavailable` when the store does not answer */
  readRung(image: DeliverableImage, rung: StoredRung, signal: AbortSignal): Promise<Buffer | undefined>
  forget(image: { userId: string; imageId: string }): void
}

/** A rung as it lies in the store. */
export type StoredRung = Pick<RungSource, 'width' | 'height' | 'format'>

export interface SourcesParts {
  readonly store: ObjectStore
  readonly images: ImageRepository
  readonly engine: Pick<Engine, 'decodePage' | 'decodeRung'>
  /** What is kept in memory. */
  readonly maxBytes: number
}

export function createSources(parts: SourcesParts): Sources {
  const { maxBytes } = parts
  const kept = new LRUCache<string, Buffer>({ maxSize: maxBytes, sizeCalculation: data => data.length + 256 })
  const originals = new SingleFlight<Buffer>()
  const rungs = new SingleFlight<Buffer | undefined>()
  const prefixOf = ({ userId, imageId }: { userId: string; imageId: string }) => `${userId}/${imageId}#`
  /** From memory, or by the one flight that reads it. */
  const keeping = async <T extends Buffer | undefined>(
    flights: SingleFlight<T>,
    id: string,
    signal: AbortSignal,
    read: (flight: AbortSignal) => Promise<T>,
  ): Promise<Buffer | T> => {
    const known = kept.get(id)
    if (known) return known
    const { value } = await flights.run(id, signal, async flight => {
      const data = await read(flight)
      if (data) kept.set(id, data)
      return data
    })
    return value
  }
  return {
    readOriginal(image, page, signal) {
      const { format } = image.facts
      const id = `${prefixOf(image)}${isPaged(format) ? page : 'original'}`
      return keeping(originals, id, signal, flight =>
        isPaged(format)
          ? readPage(parts, { image, format, page }, flight)
          : readOriginal(parts, image, flight),
      )
    },
    readRung(image, rung, signal) {
      const id = `${prefixOf(image)}w${rung.width}`
      return keeping(rungs, id, signal, flight => readRung(parts, image, rung, flight))
    },
    forget(image) {
      const prefix = prefixOf(image)
      for (const id of kept.keys()) if (id.startsWith(prefix)) kept.delete(id)
    },
  }
}

async function readOriginal(
  { store, images }: SourcesParts,
  image: DeliverableImage,
  signal: AbortSignal,
): Promise<Buffer> {
  const key = originalKey(image.userId, image.imageId, image.extension)
  const data = await store.read(key, { maxBytes: image.facts.bytes, signal })
  if (data === undefined) throw await missingOriginalError(images, image)
  return data
}

/** The pixels of a rung; what is not whole counts as lost, and is made again. */
async function readRung(
  { store, engine }: SourcesParts,
  { userId, imageId, facts }: DeliverableImage,
  rung: StoredRung,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  const key = rungKey(userId, imageId, rung.width, rung.format)
  const file = await store.read(key, { maxBytes: bytesOf(rung), signal })
  if (file === undefined) return undefined
  const ticket = { tenant: userId, costMs: rungDecodeCostMs(rung, rung.format), signal }
  try {
    const pixels = await engine.decodeRung(file, ticket)
    return pixels.length === rung.width * rung.height * (facts.alpha ? 4 : 3) ? pixels : undefined
  } catch (error) {
    if (signal.aborted || error instanceof DarkroomError) throw error
    return undefined
  }
}

interface Page {
  readonly image: DeliverableImage
  readonly format: PagedFormat
  readonly page: number
}

/** What pixels may weigh in bytes: as they are, and a profile. */
const bytesOf = ({ width, height }: Size) => width * height * 5 + 16 * 1024 * 1024

/** The page's pixels; those that are not there yet, or were lost, are made of the original and put there. */
async function readPage(parts: SourcesParts, wanted: Page, signal: AbortSignal): Promise<Buffer> {
  const { store, images, engine } = parts
  const { image, format, page } = wanted
  const { userId, imageId } = image
  const key = pageKey(userId, imageId, page)
  const stored = await store.read(key, { maxBytes: bytesOf(sourceFrame(image.facts, page)), signal })
  if (stored) return stored
  const rung = await engine.decodePage(format, await readOriginal(parts, image, signal), page, signal)
  await store.put(key, rung, { contentType: 'image/png', durable: false, signal })
  // a deletion that began before the rung was there has not removed it
  const record = await images.find(userId, imageId)
  if (record === undefined || record.state === 'deleted') await store.delete([key], signal)
  return rung
}
