import type { Readable } from 'node:stream'
import { DarkroomError } from '../errors/catalogue.ts'
import type { ObjectBody } from './store.ts'

/**
 * Does some work that uses a body up. Whatever becomes of the work, a stream is destroyed afterwards; and its error,
 * should it come before anybody reads it, does not end the process.
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
 * A stream's chunks, ended with an `internal` error when they are not exactly `bytes` long: a body of another length
 * than announced would be stored short, or spill into the next request of a kept-alive connection.
 */
export async function* ensureLength(stream: Readable, bytes: number): AsyncGenerator<Uint8Array> {
  let seen = 0
  for await (const chunk of stream) {
    const part: Uint8Array = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    seen += part.length
    if (seen > bytes) throw wrongLength()
    yield part
  }
  if (seen < bytes) throw wrongLength()
}

function wrongLength(): DarkroomError {
  return new DarkroomError('internal', 'An object is not as long as was announced')
}
