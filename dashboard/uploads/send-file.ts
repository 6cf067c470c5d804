import type { UploadedImage } from '../api-types.ts'
import { authorizationHeader, Problem, readProblem, withRenewedToken } from '../calls.ts'

/** The service is busy: the file can be sent again after a pause. */
export class Busy extends Error {
  /** In milliseconds. */
  readonly pauseMs: number

  constructor(message: string, pauseMs: number) {
    super(message)
    this.name = 'Busy'
    this.pauseMs = pauseMs
  }
}

export interface SendListener {
  readonly onProgress: (loaded: number) => void
  /** Everything is sent; the service processes the image before it responds. */
  readonly onSent: () => void
}

interface Answer {
  readonly status: number
  readonly text: string
  readonly retryAfter: string | null
}

/** How long nothing may be sent, and how long the service may process a file: as long as it allows itself. */
const [silenceMs, processingMs] = [60_000, 600_000]
/** The pause when a busy service names none, and the longest one, in milliseconds. */
const [pauseMs, maxPauseMs] = [5_000, 60_000]

/** A form with a file. */
interface FileForm {
  readonly method: 'POST' | 'PUT'
  /** Below the API's root. */
  readonly path: string
  readonly file: File
  readonly fields: Readonly<Record<string, string>>
}

/** Uploads a file, with the tag of a folder unless it is empty. @throws Problem, Busy, or the signal's reason */
export async function sendFile(
  { file, folder }: { readonly file: File; readonly folder: string },
  signal: AbortSignal,
  listener: SendListener,
): Promise<UploadedImage> {
  const fields = { title: titleOf(file.name), ...(folder === '' ? {} : { tags: folder }) }
  return sendForm({ method: 'POST', path: '/images', file, fields }, signal, listener)
}

/**
 * Replaces the original of an image. `focal` null removes the focal point; without it, the point stays.
 * @throws Problem, Busy, or the signal's reason
 */
export async function sendOriginal(
  { imageId, file, focal }: { readonly imageId: string; readonly file: File; readonly focal?: null },
  signal: AbortSignal,
  listener: SendListener,
): Promise<UploadedImage> {
  const path = `/images/${encodeURIComponent(imageId)}/original`
  const fields: Record<string, string> = focal === null ? { focal: 'null' } : {}
  return sendForm({ method: 'PUT', path, file, fields }, signal, listener)
}

async function sendForm(form: FileForm, signal: AbortSignal, listener: SendListener): Promise<UploadedImage> {
  const { status, text, retryAfter } = await withRenewedToken(() => request(form, signal, listener))
  if (status === 200 || status === 201) return JSON.parse(text)
  const problem = readProblem(status, text)
  if (problem.code !== 'too-many-requests' && problem.code !== 'overloaded') throw problem
  const seconds = Number(retryAfter)
  throw new Busy(problem.message, seconds > 0 ? Math.min(seconds * 1000, maxPauseMs) : pauseMs)
}

/** Uses `XMLHttpRequest`, since `fetch` does not report upload progress. */
function request(
  { method, path, file, fields }: FileForm,
  signal: AbortSignal,
  { onProgress, onSent }: SendListener,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const xhr = new XMLHttpRequest()
    const interrupted = () => reject(new Problem(0, 'unreachable', 'the connection was interrupted'))
    let timer = 0
    const expectWithin = (ms: number) => {
      clearTimeout(timer)
      timer = setTimeout(() => xhr.abort(), ms)
    }
    const abort = () => xhr.abort()
    signal.addEventListener('abort', abort, { once: true })
    xhr.upload.onprogress = ({ loaded }) => {
      expectWithin(silenceMs)
      // the form is a little longer than the file
      onProgress(Math.min(loaded, file.size))
    }
    xhr.upload.onload = () => {
      expectWithin(processingMs)
      onSent()
    }
    xhr.onload = () => {
      const { status, responseText: text } = xhr
      resolve({ status, text, retryAfter: xhr.getResponseHeader('retry-after') })
    }
    xhr.onerror = interrupted
    xhr.onabort = () => (signal.aborted ? reject(signal.reason) : interrupted())
    xhr.onloadend = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
    }
    xhr.open(method, `/api/v1${path}`)
    for (const [name, value] of Object.entries(authorizationHeader())) xhr.setRequestHeader(name, value)
    expectWithin(silenceMs)
    const form = new FormData()
    for (const [name, value] of Object.entries(fields)) form.append(name, value)
    form.append('file', file)
    xhr.send(form)
  })
}

/** The file's name without its extension, cut to the maximum length of a title. */
const titleOf = (name: string) => name.replace(/\.[^.]+$/, '').slice(0, 200)
