import { RateLimit } from '../../access/rate-limit.ts'
import { DarkroomError } from '../../errors/catalogue.ts'
import type { NetworkPolicy } from '../../net/network-policy.ts'
import { sanitizeFileName } from '../file-name.ts'
import { fileTooLarge, type StagedFile } from '../upload-staging.ts'
import type { Uploads } from '../uploads.ts'
import { fetchImage, toImportError } from './image-fetcher.ts'

export interface ImageImporterParts {
  readonly uploads: Pick<Uploads, 'receive'>
  readonly reach: NetworkPolicy
  /** The longest file, in bytes. */
  readonly maxBytes: number
}

/** How long fetching may take in all, in milliseconds. */
const fetchMs = 60_000
/** How many URLs a user may have fetched a minute: nobody looks through the internet from here. */
const mostFetches = 120

/** Gets images from where they are. */
export interface ImageImporter {
  /**
   * Fetches a file whole; the caller disposes of it.
   * @throws DarkroomError `too-many-requests`, `too-large`, `deadline`, and what `fetchImage` throws
   */
  fetch(userId: string, url: string, signal: AbortSignal): Promise<StagedFile & { fileName: string | null }>
}

export function createImageImporter({ uploads, reach, maxBytes }: ImageImporterParts): ImageImporter {
  const fetches = new RateLimit({ max: mostFetches, windowMs: 60_000 })
  return {
    async fetch(userId, text, signal) {
      fetches.take(userId, 'too many imports')
      const limit = AbortSignal.timeout(fetchMs)
      const either = AbortSignal.any([signal, limit])
      try {
        const { body, url } = await fetchImage(text, reach, either)
        if (Number(body.headers['content-length'] ?? 0) > maxBytes) {
          body.destroy()
          throw fileTooLarge(maxBytes)
        }
        const file = await uploads.receive(body, either)
        return { ...file, fileName: sanitizeFileName(lastPart(url)) }
      } catch (error) {
        if (limit.aborted && !signal.aborted)
          throw new DarkroomError('deadline', `url: not fetched within ${fetchMs / 1000} s`, { cause: error })
        throw toImportError(error, signal)
      }
    },
  }
}

/** The last part of a URL's path, as people would read it. */
function lastPart({ pathname }: URL): string {
  const last = pathname.split('/').at(-1) ?? ''
  try {
    return decodeURIComponent(last)
  } catch {
    return last
  }
}
