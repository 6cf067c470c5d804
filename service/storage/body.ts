import type { Readable } from 'node:stream'
import { DarkroomError } from '../errors/catalogue.ts'

/**
 * A stream's chunks, ended with an `internal` error when they are not exactly `bytes` long: a body of another length
 * than announced would be stored short, or spill into the next request of a kept-alive connection.
 */
export async function* exactly(stream: Readable, bytes: number): AsyncGenerator<Uint8Array> {
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
