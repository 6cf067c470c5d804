import { signal } from '@preact/signals'
import { api } from '../api.ts'
import { errorMessage } from '../calls.ts'
import { changeEntry, type Entry, entriesIn } from './uploads.ts'

/** The most ids that the API takes at once: of a list, and of a bulk action. */
const [idsPerList, idsPerDeletion] = [100, 50]
/** How long requested names are collected, in milliseconds. */
const collectMs = 200

/** The titles of the images of which uploads are duplicates, by id. Empty for an image that no longer exists. */
export const titles = signal<ReadonlyMap<string, string>>(new Map())

const wanted = new Set<string>()
const removalListeners = new Set<(ids: ReadonlySet<string>) => void>()
let isScheduled = false

/** Subscribes to images that were deleted as duplicates. Returns a function that unsubscribes. */
export function onDuplicatesRemoved(listener: (ids: ReadonlySet<string>) => void): () => void {
  removalListeners.add(listener)
  return () => removalListeners.delete(listener)
}

/** Loads the title of an image, together with others that are asked for soon after. */
export function wantTitle(id: string): void {
  if (titles.peek().has(id) || wanted.has(id)) return
  wanted.add(id)
  schedule()
}

function schedule(): void {
  if (!isScheduled) setTimeout(loadTitles, collectMs)
  isScheduled = true
}

async function loadTitles(): Promise<void> {
  const ids = [...wanted].slice(0, idsPerList)
  try {
    const { items } = await api.images({ ids: ids.join(), limit: idsPerList })
    const found = new Map(items.map(image => [image.id, image.title || image.id]))
    titles.value = new Map([...titles.peek(), ...ids.map(id => [id, found.get(id) ?? ''] as const)])
  } catch {
    // a row that is shown later asks again
  }
  for (const id of ids) wanted.delete(id)
  isScheduled = false
  if (wanted.size > 0) schedule()
}

/** Keeps the uploaded images although the library has them already. */
export function keepDuplicates(ids: ReadonlySet<number>): void {
  for (const entry of duplicatesOf(ids)) changeEntry(entry, { state: 'done', error: '' })
}

/**
 * Deletes the uploaded images, except those whose other copy is gone meanwhile. They can be restored, as other deleted
 * images.
 */
export async function removeDuplicates(ids: ReadonlySet<number>): Promise<void> {
  const entries = duplicatesOf(ids)
  for (let from = 0; from < entries.length; from += idsPerDeletion) {
    const batch = entries.slice(from, from + idsPerDeletion)
    try {
      await removeBatch(await withoutOnlyCopies(batch))
    } catch (error) {
      for (const entry of batch) changeEntry(entry, { error: errorMessage(error) })
    }
  }
}

/** Keeps the uploads that are the only copy, because the image that they duplicate was deleted. Returns the others. */
async function withoutOnlyCopies(entries: readonly Entry[]): Promise<Entry[]> {
  const ids = [...new Set(entries.map(({ duplicateOf }) => duplicateOf ?? ''))].filter(id => id !== '')
  const { items } = await api.images({ ids: ids.join(), limit: idsPerList })
  const found = new Set(items.map(({ id }) => id))
  const [others, only] = [true, false].map(isFound =>
    entries.filter(({ duplicateOf }) => found.has(duplicateOf ?? '') === isFound),
  )
  for (const entry of only ?? []) changeEntry(entry, { state: 'done', error: '' })
  return others ?? []
}

const duplicatesOf = (ids: ReadonlySet<number>) => entriesIn('duplicate').filter(({ id }) => ids.has(id))

async function removeBatch(entries: readonly Entry[]): Promise<void> {
  if (entries.length === 0) return
  const byImage = new Map(entries.map(entry => [entry.imageId ?? '', entry]))
  const removed = new Set<string>()
  const { items } = await api.bulk([...byImage.keys()], 'delete')
  for (const { id, done, code, detail } of items) {
    const entry = byImage.get(id)
    if (entry === undefined) continue
    if (done || code === 'not-found') {
      changeEntry(entry, { state: 'removed', error: '' })
      removed.add(id)
    } else changeEntry(entry, { error: errorMessage(new Error(detail)) })
  }
  for (const listener of removalListeners) listener(removed)
}
