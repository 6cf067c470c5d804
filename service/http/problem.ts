import type { FastifyError } from 'fastify'
import { DarkroomError, type ErrorCode, titles } from '../errors/catalogue.ts'
import { describeValidation } from './validation-errors.ts'

/** The body of every error response (RFC 9457). */
export interface Problem {
  readonly type: 'about:blank'
  readonly title: string
  readonly status: number
  readonly code: ErrorCode
  readonly detail: string
  readonly requestId: string
}

/** The media type of a `Problem`. */
export const problemMediaType = 'application/problem+json'

/** The catalogue's codes for errors of Fastify whose status alone would not give the right code, by Fastify's code. */
const frameworkCodes: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported-media-type',
  FST_INVALID_MULTIPART_CONTENT_TYPE: 'unsupported-media-type',
  FST_ERR_BAD_URL: 'bad-request',
  FST_ERR_MAX_PARAM_LENGTH: 'url-too-long',
  FST_FILES_LIMIT: 'bad-request',
  FST_FIELDS_LIMIT: 'bad-request',
  FST_PARTS_LIMIT: 'bad-request',
  FST_INVALID_JSON_FIELD_ERROR: 'bad-request',
}
/** Codes of Fastify's other errors, by status. It answers 503 only while it is closing. */
const statusCodes: Readonly<Record<number, ErrorCode>> = {
  400: 'bad-request',
  401: 'unauthorized',
  404: 'not-found',
  413: 'too-large',
  415: 'unsupported-media-type',
  429: 'too-many-requests',
  503: 'unavailable',
}

/** Maps any error to one of the catalogue. An unknown error becomes `internal`, whose detail reveals nothing. */
export function asDarkroomError(error: unknown): DarkroomError {
  if (error instanceof DarkroomError) return error
  if (!(error instanceof Error)) return new DarkroomError('internal', 'unexpected error', { cause: error })
  const { code = '', statusCode, validation, validationContext }: Partial<FastifyError> = error
  if (validation)
    return new DarkroomError('bad-request', describeValidation(validation, validationContext), {
      cause: error,
    })
  const mapped = frameworkCodes[code] ?? statusCodes[statusCode ?? 500]
  if (mapped !== undefined && mapped !== 'unavailable')
    return new DarkroomError(mapped, error.message, { cause: error })
  if (mapped === 'unavailable')
    return new DarkroomError(mapped, 'the service is shutting down', { cause: error })
  return new DarkroomError('internal', 'unexpected error, see the log entry with this request id', {
    cause: error,
  })
}

/** The problem document of an error. */
export function toProblem(error: DarkroomError, requestId: string): Problem {
  const { code, status } = error
  return { type: 'about:blank', title: titles[code], status, code, detail: error.message, requestId }
}

/** The headers of an error response. Caches may keep only `not-found` and `deleted` for image URLs, for a minute. */
export function problemHeaders(error: DarkroomError, isImage: boolean): Record<string, string> {
  const isCacheable = isImage && (error.code === 'not-found' || error.code === 'deleted')
  const retryAfterMs = error.retryAfterMs ?? (error.status === 503 ? 1_000 : undefined)
  return {
    'content-type': problemMediaType,
    'cache-control': isCacheable ? 'public, max-age=60' : 'no-store',
    'x-content-type-options': 'nosniff',
    ...(retryAfterMs === undefined
      ? {}
      : { 'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1000))) }),
    ...(error.code === 'unauthorized' ? { 'www-authenticate': 'Bearer' } : {}),
  }
}
