import { LRUCache } from 'lru-cache'
import { SingleFlight } from '../cache/single-flight.ts'
import { renewable, wholenessOf } from '../cache/wholeness.ts'
import type { Engine } from '../engine/engine.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import type { ImageRepository } from '../metadata/images.ts'
import type { IngestResultRepository } from '../metadata/ingest-results.ts'
import type { Size } from '../operations/shapes.ts'
import { rungDecodeCostMs } from '../plan/cost.ts'
import type { RungSource } from '../plan/ladder.ts'
import { sourceFrame } from '../plan/selection.ts'
import { isPaged, type PagedFormat } from '../plan/source-formats.ts'
import { originalKey, pageKey, rungKey } from '../storage/keys.ts'
import type { ObjectStore } from '../storage/store.ts'
import type { DeliverableImage } from './image-directory.ts'
import { missingOriginalError } from './missing-original.ts'

/** A rung in the store. */
export type StoredRung = Pick<RungSource, 'width' | 'height' | 'format'>

export interface SourcesParts {
  readonly store: ObjectStore
  readonly images: ImageRepository
  readonly ingestResults: Pick<IngestResultRepository, 'beginLadder'>
  readonly engine: Pick<Engine, 'decodePage' | 'decodeRung'>
  /** The size of the cache in memory. */
  readonly maxBytes: number
}

/** The sources that renders read, cached between renders: a web page requests many sizes of one image at once. */
export class Sources {
  readonly #parts: SourcesParts
  readonly #cache: LRUCache<string, Buffer>
  readonly #originals = new SingleFlight<Buffer>()
  readonly #rungs = new SingleFlight<Buffer | undefined>()

  constructor(parts: SourcesParts) {
    this.#parts = parts
    this.#cache = new LRUCache({
      maxSize: parts.maxBytes,
      sizeCalculation: data => data.length + entryOverheadBytes,
    })
  }

  /**
   * Reads the bytes of the original or, for a paged format such as PDF, a PNG of the decoded page.
   * @param page counts from 1
   * @throws Error when the original is missing in the store, `unavailable` when the store does not answer, `undecodable`
   */
  readOriginal(image: DeliverableImage, page: number, signal: AbortSignal): Promise<Buffer> {
    const { format } = image.facts
    const id = `${versionedPrefixOf(image)}${isPaged(format) ? page : 'original'}`
    return this.#readThrough(this.#originals, id, signal, flight =>
      isPaged(format)
        ? readPage(this.#parts, { image, format, page }, flight)
        : readOriginal(this.#parts, image, flight),
    )
  }

  /** A rung's pixels; undefined when it is missing or damaged. @throws `unavailable` when the store does not answer */
  readRung(image: DeliverableImage, rung: StoredRung, signal: AbortSignal): Promise<Buffer | undefined> {
    const id = `${versionedPrefixOf(image)}w${rung.width}`
    return this.#readThrough(this.#rungs, id, signal, flight => readRung(this.#parts, image, rung, flight))
  }

  forget(image: { userId: string; imageId: string }): void {
    const prefix = prefixOf(image)
    for (const id of this.#cache.keys()) if (id.startsWith(prefix)) this.#cache.delete(id)
  }

  /** Returns a cached source, or reads it; concurrent reads of one source share a flight. */
  async #readThrough<T extends Buffer | undefined>(
    flights: SingleFlight<T>,
    id: string,
    signal: AbortSignal,
    read: (flight: AbortSignal) => Promise<T>,
  ): Promise<Buffer | T> {
    const cached = this.#cache.get(id)
    if (cached) return cached
    const { value } = await flights.run(id, signal, async flight => {
      const data = await read(flight)
      if (data) this.#cache.set(id, data)
      return data
    })
    return value
  }
}

/** The memory that a cache entry takes in addition to its bytes. */
const entryOverheadBytes = 256

const prefixOf = ({ userId, imageId }: { userId: string; imageId: string }) => `${userId}/${imageId}#`
/** A source of a replaced original is never taken for one of the current original. */
const versionedPrefixOf = (image: DeliverableImage) => `${prefixOf(image)}${image.version ?? ''}/`

async function readOriginal(
  { store, images }: SourcesParts,
  image: DeliverableImage,
  signal: AbortSignal,
): Promise<Buffer> {
  const key = originalKey(image.userId, image.imageId, image.extension, image.version)
  const data = await store.read(key, { maxBytes: image.facts.bytes, signal })
  if (data === undefined) throw await missingOriginalError(images, image)
  return data
}

/** A rung's pixels; an incomplete rung counts as missing, so that it is built again. */
async function readRung(
  { store, engine }: SourcesParts,
  image: DeliverableImage,
  rung: StoredRung,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  const { userId, facts } = image
  const key = rungKey(image, rung.width, rung.format)
  const file = await store.read(key, { maxBytes: maxBytesOf(rung), signal })
  if (file === undefined || wholenessOf(file) === 'cut') return undefined
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

/** How long storing a page may take, in milliseconds. */
const pageWriteMs = 60_000

/** The most bytes that a file of losslessly stored pixels may have, its ICC profile included. */
const maxBytesOf = ({ width, height }: Size) => width * height * 5 + 16 * 1024 * 1024

/** Reads the decoded page from the store. If it is missing there, decodes it from the original and stores it. */
async function readPage(
  parts: SourcesParts,
  { image, format, page }: Page,
  signal: AbortSignal,
): Promise<Buffer> {
  const { store, images, ingestResults, engine } = parts
  const { userId, imageId } = image
  const key = pageKey(image, page)
  const stored = await store.read(key, { maxBytes: maxBytesOf(sourceFrame(image.facts, page)), signal })
  if (stored && wholenessOf(stored) !== 'cut') return stored
  const decoded = await engine.decodePage(format, await readOriginal(parts, image, signal), page, signal)
  // twice the timeout, for a write that ignores the signal
  if (!(await ingestResults.beginLadder(image, 2 * pageWriteMs))) return decoded
  const write = AbortSignal.any([signal, AbortSignal.timeout(pageWriteMs)])
  await store.put(key, decoded, { ...renewable(decoded, 'image/png'), signal: write })
  // if the image was deleted or replaced in the meantime, the clean-up may have missed the page that was just stored
  const record = await images.find(userId, imageId)
  if (record?.state !== 'ready' || record.version !== image.version) await store.delete([key], signal)
  return decoded
}
