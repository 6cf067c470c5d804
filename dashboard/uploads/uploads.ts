import { computed, signal } from '@preact/signals'
import { startProgress, type TransferProgress } from '../transfer-progress.ts'

export type UploadState =
  | 'waiting'
  | 'sending'
  | 'processing'
  | 'done'
  /** Uploaded, and the library had an image with the same bytes. */
  | 'duplicate'
  | 'failed'
  /** Not sent: the service would refuse the file. */
  | 'refused'
  | 'cancelled'
  /** Uploaded, and deleted again as a duplicate. */
  | 'removed'

export interface Upload {
  readonly id: number
  readonly name: string
  readonly bytes: number
  /** The tag of the folder into which it is uploaded; empty for none. */
  readonly folder: string
  /** Undefined once it is uploaded. Its content is read only while it is sent. */
  readonly file: File | undefined
  readonly state: UploadState
  /** Sent bytes. */
  readonly loaded: number
  /** Why the upload failed or was refused, or why a duplicate was not removed; else empty. */
  readonly error: string
  /** How often it was tried again by itself. */
  readonly attempts: number
  readonly imageId: string | undefined
  /** The id of the image with the same bytes. */
  readonly duplicateOf: string | undefined
}

/** An upload whose fields change in place, because to copy a list of thousands at every progress would be slow. */
export type Entry = { -readonly [Field in keyof Upload]: Upload[Field] }

/** The most entries. More would take too much memory. */
export const maxEntries = 50_000
/** How often the page shows changes, in milliseconds. */
const refreshMs = 100

let entries: Entry[] = []
let last = 0
let isScheduled = false
const version = signal(0)

/** The transfer of all files together. Its speed is that of the last seconds. */
export const overallProgress = signal<TransferProgress>(startProgress(0))

export function entryOf(id: number): Entry | undefined {
  return entries.find(entry => entry.id === id)
}

export function entriesIn(...states: readonly UploadState[]): Entry[] {
  return entries.filter(({ state }) => states.includes(state))
}

/** Adds a file, unless there are too many. */
export function addEntry(
  name: string,
  file: File | undefined,
  error: string,
  folder = '',
): Entry | undefined {
  if (entries.length >= maxEntries) return undefined
  const entry: Entry = {
    ...{ id: ++last, name, file, error, folder, bytes: file?.size ?? 0, loaded: 0, attempts: 0 },
    state: error === '' ? 'waiting' : 'refused',
    imageId: undefined,
    duplicateOf: undefined,
  }
  entries.push(entry)
  showChanges()
  return entry
}

export function changeEntry(entry: Entry, changes: Partial<Upload>): void {
  Object.assign(entry, changes)
  showChanges()
}

export function removeEntries(states: readonly UploadState[]): void {
  entries = entries.filter(({ state }) => !states.includes(state))
  showChanges()
}

/** Shows changes soon, many at once. */
function showChanges(): void {
  if (isScheduled) return
  isScheduled = true
  setTimeout(() => {
    isScheduled = false
    version.value++
    const { bytes, bytesLeft } = summary.peek()
    const before = overallProgress.peek()
    // a file that was cancelled or is sent again takes the progress back: the speed is measured anew
    overallProgress.value =
      bytes - bytesLeft < before.loaded || bytes === bytesLeft
        ? startProgress(bytes, bytes - bytesLeft)
        : before.advance(bytes - bytesLeft, bytes)
  }, refreshMs)
}

/** The order of the rows: what needs a decision comes first. */
const order: readonly (readonly UploadState[])[] = [
  ['failed'],
  ['refused'],
  ['duplicate'],
  ['sending', 'processing'],
  ['waiting'],
  ['done', 'removed'],
  ['cancelled'],
]

/** All uploads, in the order of their rows. */
export const uploads = computed<readonly Upload[]>(() => {
  version.value
  return order.flatMap(states => entriesIn(...states))
})

export interface UploadSummary {
  readonly counts: Readonly<Record<UploadState, number>>
  /** How many are waiting or running. */
  readonly open: number
  /** Bytes of all files but those that were refused or cancelled. */
  readonly bytes: number
  /** Bytes that are still to be sent. */
  readonly bytesLeft: number
}

export const summary = computed<UploadSummary>(() => {
  const counts = { waiting: 0, sending: 0, processing: 0, done: 0, duplicate: 0, failed: 0, refused: 0 }
  const sum = { counts: { ...counts, cancelled: 0, removed: 0 }, open: 0, bytes: 0, bytesLeft: 0 }
  for (const { state, bytes, loaded } of uploads.value) {
    sum.counts[state]++
    if (state !== 'refused' && state !== 'cancelled') sum.bytes += bytes
    if (state !== 'waiting' && state !== 'sending' && state !== 'processing') continue
    sum.open++
    sum.bytesLeft += bytes - loaded
  }
  return sum
})
