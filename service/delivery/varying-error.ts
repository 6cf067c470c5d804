import { DarkroomError } from '../errors/catalogue.ts'
import type { NegotiatedHeader } from '../plan/hints.ts'

/** The failure of a request whose result depends on request headers: its response must carry `Vary`, too. */
export class VaryingError extends DarkroomError {
  readonly vary: readonly NegotiatedHeader[]

  constructor(cause: DarkroomError, vary: readonly NegotiatedHeader[]) {
    const { code, message, retryAfterMs } = cause
    super(code, message, { cause, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) })
    this.vary = vary
  }
}

/**
 * Turns an error into that of a request whose result depends on these headers. It is a copy, since all requests that
 * share a single flight get the same error, and their URLs may depend on different headers.
 */
export function withVary(error: unknown, vary: readonly NegotiatedHeader[]): unknown {
  if (!(error instanceof DarkroomError) || vary.length === 0) return error
  return new VaryingError(error, vary)
}
