import { setTimeout as delay } from 'node:timers/promises'
import type { Grant } from '../../access/verifier.ts'
import { DarkroomError } from '../../errors/catalogue.ts'
import type { ArchivedImage } from '../../metadata/image-downloads.ts'
import { printOriginal } from '../../url/print.ts'
import type { Deliver } from '../deliver.ts'
import type { DeliverOriginal, OriginalResponse } from '../deliver-original.ts'
import type { ImageResponse } from '../image-response.ts'
import { noPreferences } from '../negotiation.ts'

/** A file of an archive, opened. */
export interface ArchiveFile {
  /** The extension of its format. */
  readonly format: string
  readonly bytes: number
  readonly content: AsyncIterable<Uint8Array>
  /** By which its use is counted. */
  readonly response: ImageResponse
}

/** Opens the file of an image. @throws DarkroomError when it cannot be served */
export type OpenArchiveFile = (image: ArchivedImage, signal: AbortSignal) => Promise<ArchiveFile>

/**
 * The present rights of the user, asked for each image: they may be withdrawn while an archive is sent for hours.
 * @throws WithdrawnRightsError
 */
export type FindArchiveGrant = () => Promise<Omit<Grant, 'path'>>

/** The user lost the right to the archive. It ends at once. */
export class WithdrawnRightsError extends Error {
  constructor() {
    super('the user may not download this archive any more')
    this.name = 'WithdrawnRightsError'
  }
}

/** How often a file is tried that a busy or absent dependency refuses, and how long to wait at most, in milliseconds. */
const maxAttempts = 3
const maxDelayMs = 5_000
/** How often the transfer of an original from the store is continued after an error. */
const maxResumptions = 3
const sliceBytes = 65_536

/** Opens originals. */
export function openOriginals(
  deliverOriginal: DeliverOriginal,
  findGrant: FindArchiveGrant,
): OpenArchiveFile {
  return ({ id, extension, bytes }, signal) =>
    withRetries(signal, async () => {
      const grant = await findGrant()
      const path = printOriginal({ userId: grant.userId, imageId: id, extension })
      const original = await deliverOriginal({ ...grant, path })
      // the archive has announced its length: another one would cut it, or continue it after its end
      if (original.bytes !== bytes) throw new DarkroomError('conflict', 'the original was replaced')
      // opened now, so that a missing original is noticed before its name is in the archive
      const first = await original.open(undefined, signal)
      return { format: extension, bytes, content: readOriginal(original, first, signal), response: original }
    })
}

/** Renders a preset of each image, or reads it from the store. */
export function openPresets(
  deliver: Deliver,
  findGrant: FindArchiveGrant,
  { preset, format }: { readonly preset: string; readonly format: string },
): OpenArchiveFile {
  return ({ id }, signal) =>
    withRetries(signal, async () => {
      const grant = await findGrant()
      const path = `/processed/${grant.userId}/${id}_preset_n-${preset}.${format}`
      const request = { startedAt: performance.now(), client: noPreferences, ifNoneMatch: undefined }
      const response = await deliver({
        ...request,
        grant: { ...grant, path },
        prefersAsync: false,
        signal,
      })
      if (response.kind !== 'derivative' || response.derivative === undefined)
        throw new DarkroomError('deadline', 'the image was not rendered in time')
      const { data } = response.derivative
      return { format: response.format, bytes: data.length, content: slicesOf(data), response }
    })
}

/** Reads an original to its end. A transfer that breaks off is continued where it stopped. */
async function* readOriginal(
  original: OriginalResponse,
  first: Awaited<ReturnType<OriginalResponse['open']>>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let object = first
  let done = 0
  for (let resumptions = 0; ; resumptions++) {
    let isReading = true
    try {
      for await (const chunk of object.stream) {
        done += chunk.length
        if (done > original.bytes) break
        isReading = false
        yield chunk
        isReading = true
      }
      break
    } catch (error) {
      // an error that the reader of the archive throws is not one of the store
      if (!isReading || resumptions === maxResumptions) throw error
    }
    signal.throwIfAborted()
    object = await original.open({ start: done, end: original.bytes - 1 }, signal)
  }
  if (done !== original.bytes) throw new Error(`an original has ${done} bytes, expected ${original.bytes}`)
}

/** A derivative in slices: the check sum of a large one in a single piece would hold up all other requests. */
async function* slicesOf(data: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < data.length; start += sliceBytes) yield data.subarray(start, start + sliceBytes)
}

async function withRetries<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      signal.throwIfAborted()
      const isBusy = error instanceof DarkroomError && /^(overloaded|unavailable)$/.test(error.code)
      if (!isBusy || attempt === maxAttempts) throw error
      await delay(Math.min(error.retryAfterMs ?? 1_000, maxDelayMs), undefined, { signal })
    }
  }
}
