import type { DerivativeRepository } from '../metadata/derivatives.ts'
import type { ListedDerivative, ObjectNameRepository } from '../metadata/object-names.ts'
import { derivativeKey } from '../storage/keys.ts'
import type { ObjectStore } from '../storage/store.ts'
import { forEach } from './for-each.ts'
import { keyOf, retrying, type SavedOriginal, verifyOriginal } from './originals.ts'

export interface StoreContentsParts {
  readonly store: ObjectStore
  readonly objectNames: Pick<ObjectNameRepository, 'listOriginalHashes' | 'listAllDerivatives'>
  readonly derivatives: Pick<DerivativeRepository, 'remove'>
}

export interface StoreContentsOptions {
  /** Deletes the rows of derivatives whose object is missing. */
  readonly repair: boolean
  readonly signal: AbortSignal
  /** Called for each original that has other bytes than those that were uploaded. */
  readonly onDamaged: (key: string) => void
}

/** The numbers of what a check has found. */
export interface StoreContentsReport {
  /** Originals that do not have the hash of their image. */
  damagedOriginals: number
  /** Rows of derivatives whose object is not in the store. */
  missingDerivatives: number
}

/** How many rows are read at once. */
const pageSize = 1_000

/**
 * Reads every original and compares its hash, and looks for the object of every derivative, while the service runs.
 * @throws DarkroomError `unavailable`, or the signal's reason
 */
export async function checkStoreContents(
  parts: StoreContentsParts,
  options: StoreContentsOptions,
): Promise<StoreContentsReport> {
  return {
    damagedOriginals: await countDamaged(parts, options),
    missingDerivatives: await countMissing(parts, options),
  }
}

async function countDamaged(
  { store, objectNames }: StoreContentsParts,
  { signal, onDamaged }: StoreContentsOptions,
): Promise<number> {
  let count = 0
  const originals = pages<SavedOriginal>(last =>
    objectNames.listOriginalHashes(last?.imageId ?? '', pageSize),
  )
  await forEach(originals, async original => {
    signal.throwIfAborted()
    // those that are missing are counted by their names
    if ((await retrying(() => verifyOriginal(store, original, signal), signal)) !== 'damaged') return
    count++
    onDamaged(keyOf(original))
  })
  return count
}

async function countMissing(
  { store, objectNames, derivatives }: StoreContentsParts,
  { repair, signal }: StoreContentsOptions,
): Promise<number> {
  let count = 0
  const start = { userId: '', imageId: '', fileName: '' }
  const rows = pages<ListedDerivative>(last => objectNames.listAllDerivatives(last ?? start, pageSize))
  await forEach(rows, async row => {
    signal.throwIfAborted()
    const key = derivativeKey(row.userId, row.fileName, row.version)
    if ((await retrying(() => store.size(key, signal), signal)) !== undefined) return
    count++
    if (repair) await derivatives.remove(row.userId, [row])
  })
  return count
}

/** The items of all pages. `list` gets the last item of the page before. */
async function* pages<T>(list: (last: T | undefined) => Promise<readonly T[]>): AsyncGenerator<T> {
  let last: T | undefined
  do {
    const page = await list(last)
    yield* page
    last = page.at(-1)
  } while (last !== undefined)
}
