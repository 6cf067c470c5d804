import type { FastifyError } from 'fastify'
import { catalogue, DarkroomError, type ErrorCode } from '../errors/catalogue.ts'

/** The body of every error: RFC 9457. */
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

/** Framework errors that say more than their status. */
const frameworkCodes: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_HANDLER_TIMEOUT: 'deadline',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported-media-type',
  FST_INVALID_MULTIPART_CONTENT_TYPE: 'unsupported-media-type',
  FST_ERR_BAD_URL: 'bad-request',
  FST_ERR_MAX_PARAM_LENGTH: 'url-too-long',
  FST_FILES_LIMIT: 'bad-request',
  FST_FIELDS_LIMIT: 'bad-request',
  FST_PARTS_LIMIT: 'bad-request',
  FST_INVALID_JSON_FIELD_ERROR: 'bad-request',
}
const statusCodes: Readonly<Record<number, ErrorCode>> = {
  400: 'bad-request',
  401: 'unauthorized',
  404: 'not-found',
  413: 'too-large',
  415: 'unsupported-media-type',
  429: 'too-many-requests',
  503: 'unavailable',
}

/** Any error as one of the catalogue: what is not known to be the client's fault is ours, and says nothing. */
export function asDarkroomError(error: unknown): DarkroomError {
  if (error instanceof DarkroomError) return error
  if (!(error instanceof Error)) return new DarkroomError('internal', 'unexpected error', { cause: error })
  const { code = '', statusCode, validation, validationContext }: Partial<FastifyError> = error
  if (validation)
    return new DarkroomError('bad-request', describe(validation, validationContext), { cause: error })
  const known = frameworkCodes[code] ?? statusCodes[statusCode ?? 500]
  if (known !== undefined && known !== 'unavailable')
    return new DarkroomError(known, error.message, { cause: error })
  if (known === 'unavailable') return new DarkroomError(known, 'the service is closing', { cause: error })
  return new DarkroomError('internal', 'this is a fault of the service; the request id helps to find it', {
    cause: error,
  })
}

/** The first thing that a schema found wrong, by the name of the field. */
function describe(validation: NonNullable<FastifyError['validation']>, context: string | undefined): string {
  const first = validation[0]
  if (first === undefined) return 'the request is not valid'
  const { missingProperty, additionalProperty, allowedValues } = first.params
  const parent = first.instancePath.slice(1).replaceAll('/', '.')
  const below = (name: unknown) => (parent === '' ? String(name) : `${parent}.${name}`)
  if (missingProperty !== undefined) return `${below(missingProperty)}: is needed`
  if (additionalProperty !== undefined) return `${below(additionalProperty)}: is not known here`
  const among = Array.isArray(allowedValues) ? `: ${allowedValues.join(', ')}` : ''
  return `${parent || (context ?? 'body')}: ${first.message}${among}`
}

/** The problem that a client sees of an error. */
export function toProblem(error: DarkroomError, requestId: string): Problem {
  const { status, title } = catalogue[error.code]
  return { type: 'about:blank', title, status, code: error.code, detail: error.message, requestId }
}

/** The headers of an error response: caches keep nothing, but for images that are not there. */
export function problemHeaders(error: DarkroomError, isImage: boolean): Record<string, string> {
  const lasting = isImage && (error.code === 'not-found' || error.code === 'deleted')
  const retry = error.retryAfterMs ?? (error.status === 503 ? 1_000 : undefined)
  return {
    'content-type': problemMediaType,
    'cache-control': lasting ? 'public, max-age=60' : 'no-store',
    'x-content-type-options': 'nosniff',
    ...(retry === undefined ? {} : { 'retry-after': String(Math.max(1, Math.ceil(retry / 1000))) }),
    ...(error.code === 'unauthorized' ? { 'www-authenticate': 'Bearer' } : {}),
  }
}
