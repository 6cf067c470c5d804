import { S3ServiceException } from '@aws-sdk/client-s3'
import { DarkroomError } from '../../../errors/catalogue.ts'
import { rangeNotSatisfiable } from '../../byte-range.ts'

/**
 * The HTTP status of an error response; undefined when the server did not respond. Names and messages differ by server.
 */
export function httpStatusOf(error: unknown): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined
}

/** Whether the object does not exist. A missing bucket is a configuration error instead. */
export function isObjectMissing(error: unknown): boolean {
  if (!(error instanceof S3ServiceException) || error.name === 'NoSuchBucket') return false
  return httpStatusOf(error) === 404 || ['NoSuchKey', 'NotFound'].includes(error.name)
}

/** The public form of a failed call. Endpoint, bucket and key appear only in the cause, for the log. */
export function toS3Error(cause: unknown): Error {
  if (cause instanceof DarkroomError) return cause
  if (httpStatusOf(cause) === 416) return rangeNotSatisfiable(cause)
  const isRejected = httpStatusOf(cause) !== undefined
  const detail = isRejected ? 'the object store rejected the request' : 'the object store does not answer'
  return new DarkroomError('unavailable', detail, { cause })
}
