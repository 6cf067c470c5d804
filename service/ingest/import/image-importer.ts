import { RateLimit } from '../../access/rate-limit.ts'
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
}

/** How long an import may take in all, in milliseconds. */
const timeoutMs = 60_000
/** The most imports of a user per minute, so that the service is no tool for scanning the internet. */
const maxFetches = 120

/** Imports images from URLs. */
export interface ImageImporter {
  /**
   * Fetches a file to the staging directory; the caller disposes of it.
   * @throws DarkroomError `too-many-requests`, `too-large`, `deadline`, and what `fetchImage` throws
   */
  fetch(userId: string, url: string, signal: AbortSignal): Promise<StagedFile & { fileName: string | null }>
}

export function createImageImporter({ uploads, networkPolicy, maxBytes }: ImageImporterParts): ImageImporter {
  const fetches = new RateLimit({ max: maxFetches, windowMs: 60_000 })
  return {
    async fetch(userId, text, signal) {
      fetches.take(userId, 'too many imports')
      const timeout = AbortSignal.timeout(timeoutMs)
      const either = AbortSignal.any([signal, timeout])
      try {
        const { body, url } = await fetchImage(text, networkPolicy, either)
        if (Number(body.headers['content-length'] ?? 0) > maxBytes) {
          body.destroy()
          throw fileTooLarge(maxBytes)
        }
        const file = await uploads.receive(body, either)
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

/** The last segment of a URL's path, percent-decoded when it can be. */
function lastSegment({ pathname }: URL): string {
  const last = pathname.split('/').at(-1) ?? ''
  try {
    return decodeURIComponent(last)
  } catch {
    return last
  }
}
