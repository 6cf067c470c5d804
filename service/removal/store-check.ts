import type { ImageName, ObjectNameRepository, OriginalObject } from '../metadata/object-names.ts'
import { derivativeKey, originalKey } from '../storage/keys.ts'
import type { ObjectStore } from '../storage/store.ts'
import { deleteEach } from './delete-each.ts'

export interface StoreCheckParts {
  readonly store: ObjectStore
  readonly objectNames: ObjectNameRepository
}

/** The numbers of what a check has found. */
export interface StoreReport {
  /** Objects where an earlier version of the service stored them. */
  misplaced: number
  /** Derivatives that no row names. */
  unnamedDerivatives: number
  /** Pages and rungs that belong to no file of an image. */
  unnamedSources: number
  /** Objects that should be deleted, but could not be. */
  undeletable: number
  /** Originals that belong to no image. */
  unnamedOriginals: number
  /** Images whose original is not in the store. */
  missingOriginals: number
}

export interface StoreCheckOptions {
  /** Moves misplaced objects, and deletes unnamed ones that can be made again. Originals are never deleted. */
  readonly repair: boolean
  readonly signal: AbortSignal
  /** Called for each original that is unnamed or missing. */
  readonly onOriginal: (problem: 'unnamed' | 'missing', key: string) => void
  /** Called for each object that cannot be deleted, for example because the bucket locks it. */
  readonly onUndeletable: (key: string) => void
}

/** How many objects are compared with rows at once. */
const batchSize = 200
const concurrency = 8

/**
 * Compares the store with the database, page by page, while the service runs. It reads names only, no contents.
 * @throws DarkroomError `unavailable`, or the signal's reason; a repeated check continues a repair
 */
export async function checkStore(parts: StoreCheckParts, options: StoreCheckOptions): Promise<StoreReport> {
  const report: StoreReport = {
    misplaced: await countMisplaced(parts, options),
    unnamedDerivatives: 0,
    unnamedSources: 0,
    undeletable: 0,
    unnamedOriginals: 0,
    missingOriginals: 0,
  }
  const remove = async (keys: readonly string[]) => {
    if (!options.repair) return
    const failed = await deleteEach(parts.store, keys, options.signal)
    report.undeletable += failed.length
    for (const { key } of failed) options.onUndeletable(key)
  }
  await eachUnnamed(parts, 'processed/', findUnnamedDerivatives, options, async keys => {
    report.unnamedDerivatives += keys.length
    await remove(keys)
  })
  await eachUnnamed(parts, 'rungs/', findUnnamedSources, options, async keys => {
    report.unnamedSources += keys.length
    await remove(keys)
  })
  await eachUnnamed(parts, 'raw/', findUnnamedOriginals, options, async keys => {
    report.unnamedOriginals += keys.length
    for (const key of keys) options.onOriginal('unnamed', key)
  })
  report.missingOriginals = await countMissing(parts, options)
  return report
}

async function countMisplaced({ store }: StoreCheckParts, { repair, signal }: StoreCheckOptions) {
  let count = 0
  for await (const _ of store.listMisplaced?.({ move: repair, signal }) ?? []) count++
  return count
}

type FindUnnamed = (parts: StoreCheckParts, keys: readonly string[]) => Promise<string[]>

/** Calls `found` with the objects under a prefix that no row names, and that are still there after the rows were read. */
async function eachUnnamed(
  parts: StoreCheckParts,
  prefix: string,
  find: FindUnnamed,
  { signal }: StoreCheckOptions,
  found: (keys: string[]) => Promise<void>,
): Promise<void> {
  let batch: string[] = []
  const compare = async () => {
    signal.throwIfAborted()
    const unnamed = await find(parts, batch)
    batch = []
    const sizes = await Promise.all(unnamed.map(key => parts.store.size(key, signal)))
    const present = unnamed.filter((_, index) => sizes[index] !== undefined)
    if (present.length > 0) await found(present)
  }
  for await (const key of parts.store.list(prefix, signal)) {
    batch.push(key)
    if (batch.length === batchSize) await compare()
  }
  if (batch.length > 0) await compare()
}

/** The image that a key belongs to. */
function imageOf(key: string): ImageName {
  const [, userId = '', name = ''] = key.split('/')
  return { userId, imageId: /^[a-z0-9]+/.exec(name)?.[0] ?? '' }
}

/** The images of keys, each once. */
const imagesOf = (keys: readonly string[]) => [
  ...new Map(keys.map(imageOf).map(image => [`${image.userId}/${image.imageId}`, image])).values(),
]

async function findUnnamedDerivatives({ objectNames }: StoreCheckParts, keys: readonly string[]) {
  const rows = await objectNames.listDerivatives(imagesOf(keys))
  const named = new Set(rows.map(row => derivativeKey(row.userId, row.fileName, row.version)))
  return keys.filter(key => !named.has(key))
}

/** What a file of an image is known by, apart from its extension. */
const idOf = ({ userId, imageId, version }: OriginalObject) => `${userId}/${imageId}/${version ?? ''}`

async function findUnnamedSources({ objectNames }: StoreCheckParts, keys: readonly string[]) {
  const files = new Set((await objectNames.listOriginals(imagesOf(keys))).map(idOf))
  return keys.filter(key => {
    const version = /^[a-z0-9]+-v([a-z0-9]+)-/.exec(key.split('/')[2] ?? '')?.[1] ?? null
    return !files.has(idOf({ ...imageOf(key), version, extension: null }))
  })
}

async function findUnnamedOriginals({ objectNames }: StoreCheckParts, keys: readonly string[]) {
  const files = await objectNames.listOriginals(imagesOf(keys))
  const named = new Set(
    files.map(file => originalKey(file.userId, file.imageId, file.extension ?? '', file.version)),
  )
  const uploads = new Set(files.filter(({ extension }) => extension === null).map(idOf))
  return keys.filter(key => {
    const isUpload = uploads.has(idOf({ ...imageOf(key), version: null, extension: null }))
    return !named.has(key) && !isUpload
  })
}

/** Counts ready images whose original is neither in the store nor was deleted or replaced meanwhile. */
async function countMissing(
  { store, objectNames }: StoreCheckParts,
  { signal, onOriginal }: StoreCheckOptions,
) {
  let count = 0
  let after = ''
  for (;;) {
    const page = await objectNames.listReadyOriginals(after, batchSize)
    const waiting = page.values()
    const check = async () => {
      for (const original of waiting) {
        signal.throwIfAborted()
        const key = originalKey(original.userId, original.imageId, original.extension, original.version)
        if ((await store.size(key, signal)) !== undefined) continue
        const files = await objectNames.listOriginals([original])
        if (!files.some(file => idOf(file) === idOf(original))) continue
        count++
        onOriginal('missing', key)
      }
    }
    await Promise.all(Array.from({ length: concurrency }, check))
    const last = page.at(-1)
    if (last === undefined) return count
    after = last.imageId
  }
}
