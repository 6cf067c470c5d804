import { NatsError } from 'nats'
import { DarkroomError } from '../../../errors/catalogue.ts'

/** How long a caller should wait before he tries again, in milliseconds. */
const retryAfterMs = 5000

/** A job with this subject is in the stream already. */
export function isDuplicateJob(error: unknown): boolean {
  return describe(error) === 'maximum messages per subject exceeded'
}

/** The stream or the consumer is gone, or JetStream does not run. */
export function isStreamMissing(error: unknown): boolean {
  return (
    error instanceof NatsError &&
    (error.code === '503' || error.code === '404' || error.api_error?.code === 404)
  )
}

/** What this room's callers know: the queue is full, or it does not answer. */
export function toQueueError(error: unknown): DarkroomError {
  if (error instanceof DarkroomError) return error
  const full = /^maximum (messages|bytes) exceeded$|^insufficient .*resources/.test(describe(error))
  return full
    ? new DarkroomError('overloaded', 'Too many jobs are waiting', { cause: error, retryAfterMs })
    : new DarkroomError('unavailable', 'The queue does not answer', { cause: error, retryAfterMs })
}

function describe(error: unknown): string {
  return error instanceof NatsError ? (error.api_error?.description ?? '') : ''
}
