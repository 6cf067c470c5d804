/**
 * Every failure that a client may see: its status and its public title. Codes are a contract (clients switch
 * on them); the `detail` of a `DarkroomError` is public too, so it never carries a secret, a path or a stack.
 */
export const catalogue = {
  'bad-url': { status: 400, title: 'The image URL does not follow the grammar' },
  'bad-request': { status: 400, title: 'The request is not valid' },
  unauthorized: { status: 401, title: 'Authentication is needed' },
  'bad-signature': { status: 403, title: 'The URL is not signed, or its signature is wrong' },
  forbidden: { status: 403, title: 'This is not allowed' },
  'over-limit': { status: 403, title: 'This is more than the user may have' },
  'taken-down': { status: 403, title: 'This content was taken down' },
  'not-found': { status: 404, title: 'There is nothing here' },
  'method-not-allowed': { status: 405, title: 'This method is not allowed here' },
  'request-timeout': { status: 408, title: 'The request did not arrive in time' },
  conflict: { status: 409, title: 'This is in conflict with what exists' },
  expired: { status: 410, title: 'The signed URL has expired' },
  deleted: { status: 410, title: 'The image was deleted' },
  'too-large': { status: 413, title: 'The file is too large' },
  'too-many-pixels': { status: 413, title: 'The image has too many pixels' },
  'url-too-long': { status: 414, title: 'The URL path is too long' },
  'not-an-image': { status: 415, title: 'The file is not an image of a supported format' },
  'unsupported-media-type': { status: 415, title: 'The body is of a type that is not read here' },
  'range-not-satisfiable': { status: 416, title: 'The range lies outside of the image' },
  'not-applicable': { status: 422, title: 'The image does not allow this operation' },
  mismatch: { status: 422, title: 'The file is not the one that was announced' },
  'not-fetched': { status: 422, title: 'The URL to import from does not give an image' },
  undecodable: { status: 422, title: 'The image is damaged or cannot be decoded' },
  'header-too-large': { status: 431, title: 'The header of the request is too large' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'Something went wrong here' },
  overloaded: { status: 503, title: 'Too much work is waiting' },
  unavailable: { status: 503, title: 'A part of the service does not answer' },
  deadline: { status: 504, title: 'The work took too long' },
} as const satisfies Record<string, { status: number; title: string }>

export type ErrorCode = keyof typeof catalogue

export interface ErrorExtras {
  /** What caused it, for the log; never shown. */
  cause?: unknown
  /** When a retry makes sense, in milliseconds: sent as `Retry-After` in whole seconds, at least 1. */
  retryAfterMs?: number
}

/** The one error type that rooms throw on purpose. Only `http/` renders it; anything else becomes `internal`. */
export class DarkroomError extends Error {
  readonly code: ErrorCode
  readonly status: number
  readonly retryAfterMs: number | undefined

  constructor(code: ErrorCode, detail: string, extras: ErrorExtras = {}) {
    super(detail, extras.cause === undefined ? undefined : { cause: extras.cause })
    this.name = 'DarkroomError'
    this.code = code
    this.status = catalogue[code].status
    this.retryAfterMs = extras.retryAfterMs
  }
}

/** The error's message for a log line or a terminal, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
