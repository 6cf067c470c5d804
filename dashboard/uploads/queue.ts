import { computed, signal } from '@preact/signals'
import type { Image } from './api-types.ts'
import { authorizationHeader, errorMessage, Problem, readProblem, withRenewedToken } from './calls.ts'
import { startProgress, type TransferProgress } from './transfer-progress.ts'

/** Concurrent uploads. More would share the same bandwidth and delay the user's other requests. */
const maxConcurrent = 3

export interface Upload {
  readonly id: number
  readonly file: File
  readonly state: 'waiting' | 'sending' | 'processing' | 'done' | 'failed' | 'cancelled'
  readonly progress: TransferProgress
  /** The error message of a failed upload; otherwise empty. */
  readonly error: string
}

/** All uploads, in the order in which they were added. */
export const uploads = signal<readonly Upload[]>([])
export const unfinishedCount = computed(() => uploads.value.filter(({ state }) => isUnfinished(state)).length)

const isUnfinished = (state: Upload['state']) =>
  state === 'waiting' || state === 'sending' || state === 'processing'
const requests = new Map<number, XMLHttpRequest>()
const listeners = new Set<(image: Image) => void>()
let last = 0

/** Subscribes to completed uploads. Returns a function that unsubscribes. */
export function onUploaded(listener: (image: Image) => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function upload(files: Iterable<File>): void {
  const added = [...files].map(file => newUpload(++last, file))
  uploads.value = [...uploads.value, ...added]
  startNext()
}

export function cancel(id: number): void {
  update(id, { state: 'cancelled' })
  requests.get(id)?.abort()
  startNext()
}

export function retry(id: number): void {
  uploads.value = uploads.value.map(one => (one.id === id ? newUpload(id, one.file) : one))
  startNext()
}

/** Removes finished, failed and cancelled uploads from the list. */
export function clearFinished(): void {
  uploads.value = uploads.value.filter(({ state }) => isUnfinished(state))
}

const newUpload = (id: number, file: File): Upload => ({
  id,
  file,
  state: 'waiting',
  progress: startProgress(file.size),
  error: '',
})

function update(id: number, changes: Partial<Upload>): void {
  uploads.value = uploads.value.map(one => (one.id === id ? { ...one, ...changes } : one))
}

function startNext(): void {
  for (const next of uploads.value) {
    if (requests.size >= maxConcurrent) return
    if (next.state === 'waiting' && !requests.has(next.id)) start(next)
  }
}

async function start({ id, file }: Upload): Promise<void> {
  update(id, { state: 'sending' })
  try {
    const { status, text } = await withRenewedToken(() => send(id, file))
    if (status !== 201) throw readProblem(status, text)
    update(id, { state: 'done' })
    for (const listener of listeners) listener(JSON.parse(text))
  } catch (error) {
    if (stateOf(id) !== 'cancelled') update(id, { state: 'failed', error: errorMessage(error) })
  } finally {
    requests.delete(id)
    startNext()
  }
}

const stateOf = (id: number) => uploads.value.find(one => one.id === id)?.state

/** Uses `XMLHttpRequest`, since `fetch` does not report upload progress. */
function send(id: number, file: File): Promise<{ status: number; text: string }> {
  const request = new XMLHttpRequest()
  requests.set(id, request)
  let progress = startProgress(file.size)
  request.upload.onprogress = ({ loaded, total }) => {
    progress = progress.advance(loaded, total)
    update(id, { progress })
  }
  // everything is sent; the service processes the image before it responds
  request.upload.onload = () => update(id, { state: 'processing' })
  const form = new FormData()
  form.append('title', titleOf(file.name))
  form.append('file', file)
  request.open('POST', '/api/v1/images')
  for (const [name, value] of Object.entries(authorizationHeader())) request.setRequestHeader(name, value)
  const answered = new Promise<{ status: number; text: string }>((resolve, reject) => {
    request.onload = () => resolve({ status: request.status, text: request.responseText })
    request.onerror = () => reject(new Problem(0, 'unreachable', 'the connection was interrupted, try again'))
    request.onabort = () => reject(new Problem(0, 'cancelled', 'cancelled'))
  })
  request.send(form)
  return answered
}

/** The file's name without its extension, cut to the maximum length of a title. */
const titleOf = (name: string) => name.replace(/\.[^.]+$/, '').slice(0, 200)
