import { LRUCache } from 'lru-cache'
import { SingleFlight } from '../cache/single-flight.ts'
import { renewable, wholenessOf } from '../cache/wholeness.ts'
import type { Engine } from '../engine/engine.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import type { ImageRepository } from '../metadata/images.ts'
import type { IngestResultRepository } from '../metadata/ingest-results.ts'
import type { Size } from '../operations/shapes.ts'
import { rungDecodeCostMs } from '../plan/cost.ts'
import type { PixelCopy, RungSource } from '../plan/ladder.ts'
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
  readonly engine: Pick<Engine, 'decodePage' | 'decodeRung' | 'decodeCopy'>
  /** The size of the cache in memory. */
  readonly maxBytes: number
}

/** The sources that renders read, cached between renders: a web page requests many sizes of one image at once. */
export class Sources {
  readonly #parts: SourcesParts
  readonly #cache: LRUCache<string, Buffer>
  readonly #originals = new SingleFlight<Buffer>()
  readonly #pixels = new SingleFlight<Buffer | undefined>()
  /** Pixels of copies that renders share. They are used for seconds, so they may not displace other sources. */
  readonly #copies: LRUCache<string, Buffer>
  /** The copies that a render has asked for lately, and whether they can be made. */
  readonly #wanted = new LRUCache<string, 'possible' | 'impossible'>({ max: 1_000, ttl: sharedMs })

  constructor(parts: SourcesParts) {
    this.#parts = parts
    this.#cache = new LRUCache({
      maxSize: parts.maxBytes,
      sizeCalculation: data => data.length + entryOverheadBytes,
    })
    this.#copies = new LRUCache({
      maxSize: Math.min(parts.maxBytes, maxCopyBytes),
      sizeCalculation: data => data.length + entryOverheadBytes,
      ...{ ttl: sharedMs, ttlAutopurge: true },
    })
  }

  /** The bytes in memory, for metrics. */
  get bytes(): number {
    return this.#cache.calculatedSize + this.#copies.calculatedSize
  }

  /**
   * Reads the bytes of the original or, for a paged format such as PDF, a PNG of the decoded page.
   * @param page counts from 1
   * @throws Error when the original is missing in the store, `unavailable` when the store does not answer, `undecodable`
   */
  readOriginal(image: DeliverableImage, page: number, signal: AbortSignal): Promise<Buffer> {
    const { format } = image.facts
    const id = `${versionedPrefixOf(image)}${isPaged(format) ? page : 'original'}`
    return this.#readThrough(this.#cache, this.#originals, id, signal, flight =>
      isPaged(format)
        ? readPage(this.#parts, { image, format, page }, flight)
        : readOriginal(this.#parts, image, flight),
    )
  }

  /** A rung's pixels; undefined when it is missing or damaged. @throws `unavailable` when the store does not answer */
  readRung(image: DeliverableImage, rung: StoredRung, signal: AbortSignal): Promise<Buffer | undefined> {
    const id = `${versionedPrefixOf(image)}w${rung.width}`
    return this.#readThrough(this.#cache, this.#pixels, id, signal, flight =>
      readRung(this.#parts, image, rung, flight),
    )
  }

  /**
   * Whether a render that was just requested shares a copy with others. The first one of several seconds does not, as it is
   * faster from the original.
   */
  joinCopy(image: DeliverableImage, copy: PixelCopy): boolean {
    // one that is not kept would be decoded for each of them
    if (bytesOf(image, copy) + entryOverheadBytes > this.#copies.maxSize) return false
    const id = copyIdOf(image, copy)
    const wanted = this.#wanted.get(id)
    if (wanted !== 'impossible') this.#wanted.set(id, 'possible')
    return wanted === 'possible'
  }

  /**
   * The pixels of a copy, decoded once for the renders of several seconds. Undefined when the original cannot be decoded.
   * @throws as `readOriginal` does
   */
  readSharedCopy(image: DeliverableImage, copy: PixelCopy, signal: AbortSignal): Promise<Buffer | undefined> {
    const id = copyIdOf(image, copy)
    return this.#readThrough(this.#copies, this.#pixels, id, signal, async flight => {
      const original = await this.readOriginal(image, 1, flight)
      const pixels = await decodeCopy(this.#parts, image, copy, original, flight)
      if (pixels === undefined) this.#wanted.set(id, 'impossible')
      return pixels
    })
  }

  forget(image: { userId: string; imageId: string }): void {
    const prefix = prefixOf(image)
    for (const cache of [this.#cache, this.#copies])
      for (const id of cache.keys()) if (id.startsWith(prefix)) cache.delete(id)
  }

  /** Resolves when no source is being read. A decoding cannot be cancelled: it may go on after its callers have left. */
  async settled(): Promise<void> {
    await Promise.all([this.#originals.settled(), this.#pixels.settled()])
  }

  /** Returns a cached source, or reads it; concurrent reads of one source share a flight. */
  async #readThrough<T extends Buffer | undefined>(
    cache: LRUCache<string, Buffer>,
    flights: SingleFlight<T>,
    id: string,
    signal: AbortSignal,
    read: (flight: AbortSignal) => Promise<T>,
  ): Promise<Buffer | T> {
    const cached = cache.get(id)
    if (cached) return cached
    const { value } = await flights.run(id, signal, async flight => {
      const data = await read(flight)
      if (data) cache.set(id, data)
      return data
    })
    return value
  }
}

/** The length of the raw pixels of a copy. */
const bytesOf = ({ facts }: Pick<DeliverableImage, 'facts'>, { width, height }: Size) =>
  width * height * (facts.alpha ? 4 : 3)

const copyIdOf = (image: DeliverableImage, { width }: PixelCopy) => `${versionedPrefixOf(image)}c${width}`
/** How long renders share a copy after another request for the image, in milliseconds. */
const sharedMs = 5_000
/** The most bytes of shared copies. The largest copy has 48 MB. */
const maxCopyBytes = 64 * 1024 * 1024

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

/** Undefined when the original cannot be decoded; a render then says why. */
async function decodeCopy(
  { engine }: SourcesParts,
  { userId, facts }: DeliverableImage,
  { width, height }: PixelCopy,
  original: Buffer,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  try {
    const pixels = await engine.decodeCopy(original, { facts, width, height }, { tenant: userId, signal })
    return pixels.length === bytesOf({ facts }, { width, height }) ? pixels : undefined
  } catch {
    signal.throwIfAborted()
    return undefined
  }
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
  const costMs = rungDecodeCostMs(rung, rung.format)
  const ticket = { tenant: userId, costMs, bytes: 2 * bytesOf({ facts }, rung), signal }
  try {
    const pixels = await engine.decodeRung(file, ticket)
    return pixels.length === bytesOf({ facts }, rung) ? pixels : undefined
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
