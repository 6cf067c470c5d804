import { effect, untracked } from '@preact/signals'
import type { UploadedImage } from '../api-types.ts'
import { errorMessage, Problem } from '../calls.ts'
import { checkReachability, isAway } from '../reachability.ts'
import { hasSessionEnded, user } from '../session.ts'
import { loadUploadLimits, refusalOf, type UploadLimits } from './accepted-files.ts'
import type { Found } from './collect-files.ts'
import { Busy, sendFile } from './send-file.ts'
import {
  addEntry,
  changeEntry,
  type Entry,
  entriesIn,
  entryOf,
  maxEntries,
  removeEntries,
  summary,
} from './uploads.ts'

/** Concurrent uploads. More would share the same bandwidth and delay the user's other requests. */
const maxConcurrent = 3
/** How often an upload whose connection broke, or for which the service was busy, is tried again by itself. */
const maxAttempts = 5

/** Ids of waiting uploads, the next one first. */
let queue: number[] = []
const running = new Map<number, AbortController>()
const listeners = new Set<(image: UploadedImage) => void>()
/** No upload starts before, because the service is busy: a time of `Date.now()`. */
let busyUntil = 0
/** How often the page was signed out. */
let signOuts = 0

/** Subscribes to images that have arrived, by an upload or an import. Returns a function that unsubscribes. */
export function onUploaded(listener: (image: UploadedImage) => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Tells the subscribers that an image has arrived. */
export function announceArrival(image: UploadedImage): void {
  for (const listener of listeners) listener(image)
}

/** Adds files, which get the tag of a folder unless it is empty. @throws Error when there are too many; those before are added */
export async function upload(files: readonly File[], folder = ''): Promise<void> {
  await uploadBatches([files], folder)
}

/**
 * Adds files as they are found. Stops when the user signs out, as the next user must not get the rest.
 * @returns how many files and unreadable names were found, or undefined when the user signed out
 * @throws Error when there are too many; those before are added
 */
export async function uploadBatches(
  batches: Iterable<readonly Found[]> | AsyncIterable<readonly Found[]>,
  folder: string,
): Promise<number | undefined> {
  let count = 0
  const before = signOuts
  const limits = await loadUploadLimits()
  try {
    for await (const batch of batches) {
      if (signOuts !== before) return undefined
      for (const found of batch) add(found, limits, folder)
      count += batch.length
      startNext()
    }
  } finally {
    startNext()
  }
  return count
}

function add(found: Found, limits: UploadLimits | undefined, folder: string): void {
  const entry =
    found instanceof File
      ? addEntry(found.name, found, refusalOf(found, limits), folder)
      : addEntry(found.unreadable, undefined, 'The file cannot be read')
  if (entry === undefined) throw new Error(`only ${maxEntries} files can be in the list at once`)
  if (entry.state === 'waiting') queue.push(entry.id)
}

export function cancel(ids: readonly number[]): void {
  for (const id of ids) {
    const entry = entryOf(id)
    if (entry && isOpen(entry)) changeEntry(entry, { state: 'cancelled', loaded: 0 })
    stop(id)
  }
  startNext()
}

function stop(id: number): void {
  running.get(id)?.abort()
  running.delete(id)
}

/** Cancels all uploads that are not finished. Returns their ids. */
export function cancelAll(): readonly number[] {
  const open = entriesIn('waiting', 'sending', 'processing')
  const ids = open.map(({ id }) => id)
  queue = []
  for (const entry of open) changeEntry(entry, { state: 'cancelled', loaded: 0 })
  for (const id of running.keys()) stop(id)
  return ids
}

/** Sends failed or cancelled uploads again. */
export function retry(ids: readonly number[]): void {
  const wanted = new Set(ids)
  for (const entry of entriesIn('failed', 'cancelled')) {
    if (!wanted.has(entry.id) || entry.file === undefined) continue
    changeEntry(entry, { state: 'waiting', loaded: 0, error: '', attempts: 0 })
    queue.push(entry.id)
  }
  startNext()
}

export function retryFailed(): void {
  retry(entriesIn('failed').map(({ id }) => id))
}

/** Removes all rows but those of uploads that are not finished. */
export function clearFinished(): void {
  removeEntries(['done', 'duplicate', 'failed', 'refused', 'cancelled', 'removed'])
}

const isOpen = ({ state }: Entry) => state === 'waiting' || state === 'sending' || state === 'processing'

function startNext(): void {
  while (running.size < maxConcurrent && mayStart()) {
    const id = queue.shift()
    if (id === undefined) return
    const entry = entryOf(id)
    if (entry?.state === 'waiting') run(entry)
  }
}

/** While the service is away or the session has ended, uploads wait. */
const mayStart = () => !!user.peek() && !hasSessionEnded.peek() && !isAway.peek() && Date.now() >= busyUntil

effect(() => {
  if (user.value && !hasSessionEnded.value && !isAway.value) untracked(startNext)
})

// the uploads of one user must not go on for the next
effect(() => {
  if (user.value !== null) return
  signOuts++
  untracked(() => {
    cancelAll()
    clearFinished()
  })
})

const warn = (event: BeforeUnloadEvent) => event.preventDefault()
effect(() => {
  if (summary.value.open > 0) addEventListener('beforeunload', warn)
  else removeEventListener('beforeunload', warn)
})

async function run(entry: Entry): Promise<void> {
  const { id, file } = entry
  const controller = new AbortController()
  running.set(id, controller)
  changeEntry(entry, { state: 'sending', loaded: 0 })
  try {
    if (file === undefined) throw new Error('the file is no longer known')
    const image = await sendFile({ file, folder: entry.folder }, controller.signal, {
      onProgress: loaded => changeEntry(entry, { loaded }),
      onSent: () => changeEntry(entry, { state: 'processing', loaded: file.size }),
    })
    if (!controller.signal.aborted) finish(entry, image)
  } catch (error) {
    await handleFailure(entry, controller.signal, error)
  } finally {
    if (running.get(id) === controller) running.delete(id)
    startNext()
  }
}

function finish(entry: Entry, image: UploadedImage): void {
  const [duplicateOf] = image.duplicates
  const state = duplicateOf === undefined ? 'done' : 'duplicate'
  changeEntry(entry, { state, duplicateOf, imageId: image.id, loaded: entry.bytes, file: undefined })
  announceArrival(image)
}

async function handleFailure(entry: Entry, signal: AbortSignal, error: unknown): Promise<void> {
  if (signal.aborted) return
  const isUnreachable = error instanceof Problem && error.code === 'unreachable'
  if (isUnreachable) await checkReachability()
  const isReadable = !isUnreachable || (await canRead(entry.file))
  if (signal.aborted) return
  if (!isReadable) return fail(entry, new Error('the file was changed, moved or deleted: add it again'))
  const isEnded = error instanceof Problem && error.code === 'session-ended'
  if (isEnded || (isUnreachable && isAway.peek())) return postpone(entry)
  const pauseMs = error instanceof Busy ? error.pauseMs : 1_000 * 2 ** entry.attempts
  if ((error instanceof Busy || isUnreachable) && entry.attempts < maxAttempts) {
    entry.attempts++
    busyUntil = Math.max(busyUntil, Date.now() + pauseMs)
    setTimeout(startNext, pauseMs)
    return postpone(entry)
  }
  fail(entry, error)
  // the service would refuse the others, too
  if (error instanceof Problem && error.code === 'over-limit')
    for (const other of entriesIn('waiting')) fail(other, error)
}

/** Puts an upload back to the start of the queue. */
function postpone(entry: Entry): void {
  changeEntry(entry, { state: 'waiting', loaded: 0 })
  queue.unshift(entry.id)
}

function fail(entry: Entry, error: unknown): void {
  changeEntry(entry, { state: 'failed', loaded: 0, error: errorMessage(error) })
}

/** Whether a file can still be read. The browser reports a missing file like a broken connection. */
async function canRead(file: File | undefined): Promise<boolean> {
  try {
    await file?.slice(0, 1).arrayBuffer()
    return true
  } catch {
    return false
  }
}
