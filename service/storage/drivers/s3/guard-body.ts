import { type Readable, Transform } from 'node:stream'
import { DarkroomError } from '../../../errors/catalogue.ts'
import { toS3Error } from './errors.ts'

/**
 * The body of an answer as it may be handed out: it fails with `unavailable`, also when no byte comes for `idleMs`
 * while its reader waits, and destroying it gives the socket back. A slow reader is none of its business.
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
      guarded.destroy(new DarkroomError('unavailable', 'The object store stopped in the middle of an object'))
  }, idleMs)
  body.once('end', () => clearTimeout(timer))
  body.once('error', error => guarded.destroy(toS3Error(error)))
  // Whoever reads it later learns of the error anyway; before, it must not end the process.
  guarded.on('error', () => {})
  guarded.once('close', () => {
    clearTimeout(timer)
    body.destroy()
  })
  return body.pipe(guarded)
}
