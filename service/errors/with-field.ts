import { DarkroomError } from './catalogue.ts'

/**
 * The error of one item of a request, prefixed with the item's field. A client error becomes `bad-request`, but a 403
 * keeps its code with `keepForbidden`; every other error is returned unchanged.
 */
export function withField(error: unknown, field: string, { keepForbidden = false } = {}): unknown {
  if (!(error instanceof DarkroomError) || error.status >= 500) return error
  const code = keepForbidden && error.status === 403 ? error.code : 'bad-request'
  return new DarkroomError(code, `${field}: ${error.message}`, { cause: error })
}
