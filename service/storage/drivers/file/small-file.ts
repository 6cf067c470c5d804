import { closeSync, open, read } from 'node:fs'
import { isFileMissing } from './errors.ts'

/** Most derivatives are smaller, in bytes. */
const maxBytes = 64 * 1024
/** How many buffers are kept for further reads. */
const maxKept = 16

const kept: Buffer[] = []

/**
 * Reads a file of less than 64 KiB with two operations of the thread pool (open and read), and closes it here. Each
 * operation costs a switch to a thread and back, which takes longer than the system call itself. A read of a regular file
 * returns fewer bytes than it may only at the end of the file.
 * @returns `larger` for any other file; undefined when there is no file of this name
 */
export function readSmallFile(path: string): Promise<Buffer | 'larger' | undefined> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => (isFileMissing(error) ? resolve(undefined) : reject(error))
    open(path, 'r', (error, file) => {
      if (error) return fail(error)
      const buffer = kept.pop() ?? Buffer.allocUnsafeSlow(maxBytes)
      read(file, buffer, 0, maxBytes, 0, (failure, bytes) => {
        try {
          // nothing was written, so the system need not wait for a disk
          closeSync(file)
        } catch (error) {
          failure ??= error instanceof Error ? error : null
        }
        if (failure) fail(failure)
        else resolve(bytes === maxBytes ? 'larger' : copyOf(buffer, bytes))
        if (kept.length < maxKept) kept.push(buffer)
      })
    })
  })
}

/** A copy with memory of its own: caches count its bytes. */
function copyOf(buffer: Buffer, bytes: number): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes)
  buffer.copy(copy, 0, 0, bytes)
  return copy
}
