import type { Readable } from 'node:stream'
import { DarkroomError } from '../errors/catalogue.ts'
import type { ObjectBody } from './store.ts'

/**
 * Runs work that reads a body, and destroys the body's stream afterwards, whether the work succeeds or fails. An error
 * of the stream before its first read does not end the process.
 */
export async function consumeBody<T>(body: ObjectBody, work: () => Promise<T>): Promise<T> {
  if (Buffer.isBuffer(body)) return work()
  body.stream.on('error', () => {})
  try {
    return await work()
  } finally {
    body.stream.destroy()
  }
}

/**
 * The chunks of a stream, which fails with an `internal` error unless it has exactly `bytes` bytes. A body of another
 * length than declared would be stored truncated, or spill into the next request of a kept-alive connection.
 */
export async function* ensureLength(stream: Readable, bytes: number): AsyncGenerator<Uint8Array> {
  let seen = 0
  for await (const chunk of stream) {
    const part: Uint8Array = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    seen += part.length
    if (seen > bytes) throw wrongLength(bytes)
    yield part
  }
  if (seen < bytes) throw wrongLength(bytes)
}

function wrongLength(bytes: number): DarkroomError {
  return new DarkroomError('internal', `the body does not have the declared length of ${bytes} bytes`)
}
