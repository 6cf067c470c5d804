import { Readable } from 'node:stream'
import { makeZip, predictLength } from 'client-zip'
import { DarkroomError } from '../../errors/catalogue.ts'
import type { ArchivedImage } from '../../metadata/image-downloads.ts'
import type { ImageResponse } from '../image-response.ts'
import { type OpenArchiveFile, WithdrawnRightsError } from './archive-files.ts'
import { ArchiveNames, errorsName } from './archive-names.ts'

/** The content of an archive. */
export interface ArchiveContent {
  readonly images: readonly ArchivedImage[]
  /** The ids of images that do not exist any more. */
  readonly missing: readonly string[]
  readonly open: OpenArchiveFile
  /** Whether the files are the originals, whose lengths are known. */
  readonly areOriginals: boolean
}

export interface ImageArchive {
  /** The length of the archive in bytes; undefined when it is not known in advance. */
  readonly bytes: number | undefined
  readonly stream: Readable
}

interface Entry {
  readonly name: string
  readonly size: number
}

/** Called for each file that is complete in the archive. */
export type OnArchived = (response: ImageResponse, bytes: number) => void

/** Called for an image that is missing in the archive for a reason that is not the user's. */
export type OnArchiveError = (error: unknown, imageId: string) => void

const encoder = new TextEncoder()
const paddingBytes = 65_536

/**
 * Streams a ZIP archive: files are stored, not compressed, and opened one after the other when the reader wants more. An
 * image that cannot be read is listed in `errors.txt` at the end.
 */
export function createImageArchive(
  content: ArchiveContent,
  { signal, onArchived, onError }: { signal: AbortSignal; onArchived: OnArchived; onError: OnArchiveError },
): ImageArchive {
  const names = new ArchiveNames()
  const entries = content.areOriginals
    ? content.images.map(image => ({ name: names.add(nameOf(image), image.extension), size: image.bytes }))
    : undefined
  const errors = content.missing.map(id => `${id}: there is no such image`)
  const bytes = entries && lengthOf([...entries, ...errorEntries(errors)])
  async function* files() {
    const done: Entry[] = []
    for (const [index, image] of content.images.entries()) {
      const file = await content.open(image, signal).catch(error => {
        signal.throwIfAborted()
        if (error instanceof WithdrawnRightsError) throw error
        if (!(error instanceof DarkroomError)) onError(error, image.id)
        errors.push(`${nameOf(image)} (${image.id}): ${reasonOf(error)}`)
      })
      if (file === undefined) continue
      const name = entries?.[index]?.name ?? names.add(nameOf(image), file.format)
      done.push({ name, size: file.bytes })
      yield { name, size: file.bytes, lastModified: image.createdAt, input: file.content }
      onArchived(file.response, file.bytes)
    }
    const [list] = errorEntries(errors)
    if (list === undefined) return
    const size = bytes === undefined ? list.size : remainingSize(bytes, done)
    yield { name: errorsName, size, lastModified: new Date(), input: textOfSize(list.text, size) }
  }
  const stream = Readable.fromWeb(makeZip(files(), { buffersAreUTF8: true }) as never)
  return { bytes, stream }
}

const nameOf = ({ fileName, title, id }: ArchivedImage) => fileName || title || id

const reasonOf = (error: unknown) =>
  error instanceof DarkroomError ? error.message : 'the image could not be read'

const lengthOf = (entries: readonly Entry[]) => Number(predictLength(entries))

/** The list of errors as an entry; none when there are no errors. */
function errorEntries(errors: readonly string[]): (Entry & { text: Uint8Array })[] {
  if (errors.length === 0) return []
  const text = encoder.encode(`These images are missing in this archive:\r\n${errors.join('\r\n')}\r\n`)
  return [{ name: errorsName, size: text.length, text }]
}

/**
 * The size that the list of errors must have. The client knows the length of the archive already, so that it can show its
 * progress; an image that vanished meanwhile leaves a gap, which the list fills.
 */
function remainingSize(bytes: number, done: readonly Entry[]): number {
  const sizeOf = (size: number) => size + bytes - lengthOf([...done, { name: errorsName, size }])
  // twice, because entries of 4 GB and more take more bytes
  const size = sizeOf(Math.max(0, sizeOf(0)))
  if (size >= 0 && lengthOf([...done, { name: errorsName, size }]) === bytes) return size
  throw new Error('the list of errors does not fit into the archive')
}

/** A text, cut or continued with line breaks to a size in bytes. */
async function* textOfSize(text: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  yield text.subarray(0, size)
  const padding = new Uint8Array(paddingBytes).fill(10)
  for (let left = size - text.length; left > 0; left -= padding.length)
    yield padding.subarray(0, Math.min(left, padding.length))
}
