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

/** Errors that end by themselves or with the configuration, and that other calls would have as well. */
const outageStatuses = new Set([401, 403, 404, 408, 429])
const outageNames =
  /^(InternalError|ServiceUnavailable|SlowDown|RequestTimeout|OperationAborted|ExpiredToken|InvalidToken)$/

/** Whether calls for other objects would fail as well. */
function isOutage(error: unknown): boolean {
  const status = httpStatusOf(error) ?? 500
  if (status >= 500 || outageStatuses.has(status)) return true
  return error instanceof Error && outageNames.test(error.name)
}

/** The error of one object that was not deleted, while others were; `code` is that of S3. */
export function notDeletedError(key: string, code: string, message: string): DarkroomError {
  const cause = new Error(`${key} was not deleted: ${code} ${message}`)
  return new DarkroomError('unavailable', 'the object store does not delete an object', {
    cause,
    isOutage: outageNames.test(code),
  })
}

/** The public form of a failed call. Endpoint, bucket and key appear only in the cause, for the log. */
export function toS3Error(cause: unknown): Error {
  if (cause instanceof DarkroomError) return cause
  if (httpStatusOf(cause) === 416) return rangeNotSatisfiable(cause)
  const isRejected = httpStatusOf(cause) !== undefined
  const detail = isRejected ? 'the object store rejected the request' : 'the object store does not answer'
  return new DarkroomError('unavailable', detail, { cause, isOutage: isOutage(cause) })
}
