import { S3ServiceException } from '@aws-sdk/client-s3'
import { DarkroomError } from '../../../errors/catalogue.ts'
import { rangeNotSatisfiable } from '../../byte-range.ts'

/** The HTTP status of a refusal; undefined when the server did not answer. Servers differ in names and messages. */
export function httpStatusOf(error: unknown): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined
}

/** Whether there is no object under that key (and not: no such bucket, which is a mistake of the set-up). */
export function isObjectMissing(error: unknown): boolean {
  if (!(error instanceof S3ServiceException) || error.name === 'NoSuchBucket') return false
  return httpStatusOf(error) === 404 || ['NoSuchKey', 'NotFound'].includes(error.name)
}

/** The public form of a failed call: it names no endpoint, bucket or key; they are in the cause, for the log. */
export function toS3Error(cause: unknown): Error {
  if (cause instanceof DarkroomError) return cause
  if (httpStatusOf(cause) === 416) return rangeNotSatisfiable(cause)
  const refused = httpStatusOf(cause) !== undefined
  const detail = refused ? 'The object store refuses the call' : 'The object store does not answer'
  return new DarkroomError('unavailable', detail, { cause })
}
