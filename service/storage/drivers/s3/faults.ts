import { S3ServiceException } from '@aws-sdk/client-s3'
import { DarkroomError } from '../../../errors/catalogue.ts'
import { outsideOf } from '../../byte-range.ts'

/** The HTTP status of a refusal; undefined when the server did not answer. Servers differ in names and messages. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined
}

/** Whether there is no object under that key (and not: no such bucket, which is a mistake of the set-up). */
export function isMissing(error: unknown): boolean {
  if (!(error instanceof S3ServiceException) || error.name === 'NoSuchBucket') return false
  return statusOf(error) === 404 || ['NoSuchKey', 'NotFound'].includes(error.name)
}

/** The public form of a failed call: it names no endpoint, bucket or key; they are in the cause, for the log. */
export function s3Fault(cause: unknown): Error {
  if (cause instanceof DarkroomError) return cause
  if (statusOf(cause) === 416) return outsideOf(cause)
  const refused = statusOf(cause) !== undefined
  const detail = refused ? 'The object store refuses the call' : 'The object store does not answer'
  return new DarkroomError('unavailable', detail, { cause })
}
