import { type Readable, Transform } from 'node:stream'
import { DarkroomError } from '../../../errors/catalogue.ts'
import { toS3Error } from './errors.ts'

/**
 * Wraps the body of a response. The result fails with `unavailable` when the body fails or sends no byte for `idleMs`
 * milliseconds while its reader waits. Destroying it releases the socket. A slow reader does not trigger the timeout.
 */
export function guardBody(body: Readable, idleMs: number): Readable {
  const guarded = new Transform({
    transform(chunk, _encoding, done) {
      timer.refresh()
      done(null, chunk)
    },
  })
  const timer = setTimeout(() => {
    if (guarded.readableLength > 0) timer.refresh()
    else
      guarded.destroy(
        new DarkroomError('unavailable', 'the object store stopped sending in the middle of an object'),
      )
  }, idleMs)
  body.once('end', () => clearTimeout(timer))
  body.once('error', error => guarded.destroy(toS3Error(error)))
  // an error before the first read must not end the process; a later reader still gets it
  guarded.on('error', () => {})
  guarded.once('close', () => {
    clearTimeout(timer)
    body.destroy()
  })
  return body.pipe(guarded)
}
