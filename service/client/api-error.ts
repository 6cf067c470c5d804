import type { ErrorCode } from '../errors/catalogue.ts'

/** The details of a failure, taken from the response. */
export interface Failure {
  readonly code: ErrorCode | (string & {})
  readonly status: number
  readonly detail: string
  readonly requestId: string | undefined
  readonly retryAfterMs: number | undefined
}

/**
 * An error response: a problem of the service (RFC 9457), or, with the code `http-<status>`, a response of a proxy in
 * front of it. When the service does not respond at all, `fetch` rejects with its own error.
 */
export class DarkroomApiError extends Error {
  /** A code of the service's catalogue, such as `not-found`, or `http-<status>`. */
  readonly code: Failure['code']
  readonly status: number
  /** Describes what is wrong and names the field, if any. */
  readonly detail: string
  /** Identifies the request in the service's log. */
  readonly requestId: string | undefined
  /** How long to wait before a retry, in milliseconds. */
  readonly retryAfterMs: number | undefined

  constructor({ code, status, detail, requestId, retryAfterMs }: Failure) {
    super(`${code}: ${detail}`)
    this.name = 'DarkroomApiError'
    this.code = code
    this.status = status
    this.detail = detail
    this.requestId = requestId
    this.retryAfterMs = retryAfterMs
  }
}

/** Creates the error for a response and consumes the response's body. */
export async function failureOf(response: Response): Promise<DarkroomApiError> {
  const { status, headers } = response
  const seconds = Number(headers.get('retry-after') ?? Number.NaN)
  const retryAfterMs = Number.isFinite(seconds) ? seconds * 1000 : undefined
  const problem = await problemOf(response)
  return new DarkroomApiError({
    code: textOf(problem.code) ?? `http-${status}`,
    status,
    detail: textOf(problem.detail) ?? `the response has status ${status} and is not a Darkroom problem`,
    requestId: textOf(problem.requestId),
    retryAfterMs,
  })
}

/** Reads the service's problem. Any other body, such as a proxy's error page, is discarded. */
async function problemOf(response: Response): Promise<Readonly<Record<string, unknown>>> {
  if (!response.headers.get('content-type')?.startsWith('application/problem+json')) {
    await response.body?.cancel()
    return {}
  }
  const body: unknown = await response.json().catch(() => undefined)
  return typeof body === 'object' && body !== null ? { ...body } : {}
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined)
