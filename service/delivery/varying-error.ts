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
 * The error as one of a request that depends on these headers. It is a copy, since all waiters of a single flight share
 * one error, and their URLs may depend on different headers.
 */
export function withVary(error: unknown, vary: readonly NegotiatedHeader[]): unknown {
  if (!(error instanceof DarkroomError) || vary.length === 0) return error
  return new VaryingError(error, vary)
}
