import { NatsError } from 'nats'
import { DarkroomError } from '../../../errors/catalogue.ts'

const retryAfterMs = 5000

/** Whether a job with this subject is in the stream already. */
export function isDuplicateJob(error: unknown): boolean {
  return descriptionOf(error) === 'maximum messages per subject exceeded'
}

/** Whether the stream or the consumer is missing, or JetStream does not run. */
export function isStreamMissing(error: unknown): boolean {
  return (
    error instanceof NatsError &&
    (error.code === '503' || error.code === '404' || error.api_error?.code === 404)
  )
}

/** `overloaded` when the stream is full, otherwise `unavailable`. A DarkroomError is returned unchanged. */
export function toQueueError(error: unknown): DarkroomError {
  if (error instanceof DarkroomError) return error
  const isFull = /^maximum (messages|bytes) exceeded$|^insufficient .*resources/.test(descriptionOf(error))
  return isFull
    ? new DarkroomError('overloaded', 'too many jobs are waiting', { cause: error, retryAfterMs })
    : new DarkroomError('unavailable', 'the queue does not answer', { cause: error, retryAfterMs })
}

function descriptionOf(error: unknown): string {
  return error instanceof NatsError ? (error.api_error?.description ?? '') : ''
}
