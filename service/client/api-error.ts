import type { ErrorCode } from '../errors/catalogue.ts'

/** What an answer says of a failure. */
export interface Failure {
  readonly code: ErrorCode | (string & {})
  readonly status: number
  readonly detail: string
  readonly requestId: string | undefined
  readonly retryAfterMs: number | undefined
}

/**
 * An answer that is not what was asked for: the service's problem (RFC 9457), or with the code `http-<status>` that of
 * something in front of it. A service that does not answer at all is the error of `fetch`.
 */
export class DarkroomApiError extends Error {
  /** As in the service's catalogue, such as `not-found`. */
  readonly code: Failure['code']
  readonly status: number
  /** What is wrong, naming the field. */
  readonly detail: string
  /** Finds the request in the service's log. */
  readonly requestId: string | undefined
  /** When a retry makes sense, in milliseconds. */
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

/** The error of an answer, whose body it reads. */
export async function failureOf(response: Response): Promise<DarkroomApiError> {
  const { status, headers } = response
  const seconds = Number(headers.get('retry-after') ?? Number.NaN)
  const retryAfterMs = Number.isFinite(seconds) ? seconds * 1000 : undefined
  const problem = await problemOf(response)
  return new DarkroomApiError({
    code: textOf(problem.code) ?? `http-${status}`,
    status,
    detail: textOf(problem.detail) ?? `the answer has the status ${status} and is no problem of Darkroom`,
    requestId: textOf(problem.requestId),
    retryAfterMs,
  })
}

/** What stands in front of the service answers in its own way, and is not read. */
async function problemOf(response: Response): Promise<Readonly<Record<string, unknown>>> {
  if (!response.headers.get('content-type')?.startsWith('application/problem+json')) {
    await response.body?.cancel()
    return {}
  }
  const body: unknown = await response.json().catch(() => undefined)
  return typeof body === 'object' && body !== null ? { ...body } : {}
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined)
