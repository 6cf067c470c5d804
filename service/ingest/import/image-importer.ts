import type { IncomingMessage } from 'node:http'
import { RateLimit } from '../../access/rate-limit.ts'
import { type ProgressLimits, watchProgress } from '../../concurrency/progress-watch.ts'
import { DarkroomError } from '../../errors/catalogue.ts'
import type { NetworkPolicy } from '../../net/network-policy.ts'
import { sanitizeFileName } from '../file-name.ts'
import { fileTooLarge, type StagedFile } from '../upload-staging.ts'
import type { Uploads } from '../uploads.ts'
import { fetchImage, toImportError } from './image-fetcher.ts'

export interface ImageImporterParts {
  readonly uploads: Pick<Uploads, 'receive'>
  readonly networkPolicy: NetworkPolicy
  /** The largest file, in bytes. */
  readonly maxBytes: number
  /** How fast files must arrive. */
  readonly receiveLimits: ProgressLimits
}

/** How long an import may take in all, in milliseconds. */
const timeoutMs = 60_000
/** The most imports of a user per minute, so that the service is no tool for scanning the internet. */
const maxFetches = 120

/** Imports images from URLs. */
export interface ImageImporter {
  /**
   * Fetches a file to the staging directory; the caller disposes of it. A call leaves `reserved` calls per minute to others.
   * @throws DarkroomError `too-many-requests`, `too-large`, `deadline`, and what `fetchImage` throws
   */
  fetch(
    userId: string,
    url: string,
    signal: AbortSignal,
    reserved?: number,
  ): Promise<StagedFile & { fileName: string | null }>
}

export function createImageImporter(parts: ImageImporterParts): ImageImporter {
  const { uploads, networkPolicy, maxBytes, receiveLimits } = parts
  const fetches = new RateLimit({ max: maxFetches, windowMs: 60_000 })
  return {
    async fetch(userId, text, signal, reserved) {
      fetches.take(userId, 'too many imports', reserved)
      const timeout = AbortSignal.timeout(timeoutMs)
      const either = AbortSignal.any([signal, timeout])
      try {
        const { body, url } = await fetchImage(
          text,
          { networkPolicy, silenceMs: receiveLimits.silenceMs },
          either,
        )
        if (Number(body.headers['content-length'] ?? 0) > maxBytes) {
          body.destroy()
          throw fileTooLarge(maxBytes)
        }
        const file = await receiveWatched(uploads, body, receiveLimits, either)
        return { ...file, fileName: sanitizeFileName(lastSegment(url)) }
      } catch (error) {
        if (timeout.aborted && !signal.aborted)
          throw new DarkroomError('deadline', `url: was not fetched within ${timeoutMs / 1000} s`, {
            cause: error,
          })
        throw toImportError(error, signal)
      }
    },
  }
}

/** Receives a file as long as its server sends it fast enough. */
async function receiveWatched(
  uploads: Pick<Uploads, 'receive'>,
  body: IncomingMessage,
  limits: ProgressLimits,
  signal: AbortSignal,
): Promise<StagedFile> {
  const { socket } = body
  const transfer = { bytes: () => socket.bytesRead, isReading: () => body.readableFlowing === true }
  const stop = watchProgress(transfer, limits, reason =>
    body.destroy(new DarkroomError('deadline', `url: its server is too slow: ${reason}`)),
  )
  try {
    return await uploads.receive(body, signal)
  } finally {
    stop()
  }
}

/** The last segment of a URL's path, percent-decoded when it can be. */
function lastSegment({ pathname }: URL): string {
  const last = pathname.split('/').at(-1) ?? ''
  try {
    return decodeURIComponent(last)
  } catch {
    return last
  }
}
