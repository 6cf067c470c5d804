/**
 * Every failure that a client may see, with its status. Codes are a contract: clients switch on them. The `detail` of a
 * `DarkroomError` is public too, so it never contains a secret, a file path or a stack.
 */
export const statuses = {
  'bad-url': 400,
  'bad-request': 400,
  unauthorized: 401,
  'bad-signature': 403,
  forbidden: 403,
  'over-limit': 403,
  'taken-down': 403,
  'not-found': 404,
  'method-not-allowed': 405,
  'request-timeout': 408,
  conflict: 409,
  expired: 410,
  deleted: 410,
  'too-large': 413,
  'too-many-pixels': 413,
  'url-too-long': 414,
  'not-an-image': 415,
  'unsupported-media-type': 415,
  'range-not-satisfiable': 416,
  'not-applicable': 422,
  mismatch: 422,
  'not-fetched': 422,
  'too-complex': 422,
  undecodable: 422,
  'header-too-large': 431,
  'too-many-requests': 429,
  internal: 500,
  overloaded: 503,
  unavailable: 503,
  deadline: 504,
} as const

export type ErrorCode = keyof typeof statuses

/** The public title of each failure. It is apart from the status, so that a page does not download it with the client. */
export const titles: Readonly<Record<ErrorCode, string>> = {
  'bad-url': 'The image URL is not valid',
  'bad-request': 'The request is not valid',
  unauthorized: 'Authentication is required',
  'bad-signature': 'The URL has no valid signature',
  forbidden: 'Not allowed',
  'over-limit': 'A limit of the user is exceeded',
  'taken-down': 'The content was taken down',
  'not-found': 'Not found',
  'method-not-allowed': 'Method not allowed',
  'request-timeout': 'The request took too long to arrive',
  conflict: 'Conflict with the current state',
  expired: 'The signed URL has expired',
  deleted: 'The image was deleted',
  'too-large': 'The file is too large',
  'too-many-pixels': 'The image has too many pixels',
  'url-too-long': 'The URL path is too long',
  'not-an-image': 'The file is not an image of a supported format',
  'unsupported-media-type': 'The content type of the body is not supported',
  'range-not-satisfiable': 'The requested range is outside the image',
  'not-applicable': 'The operation cannot be applied to this image',
  mismatch: 'The file has another length or hash than stated',
  'not-fetched': 'The URL could not be imported',
  'too-complex': 'The image takes too much time or memory to read',
  undecodable: 'The image is damaged or cannot be decoded',
  'header-too-large': 'The request headers are too large',
  'too-many-requests': 'Too many requests',
  internal: 'Internal error',
  overloaded: 'Too many requests are waiting',
  unavailable: 'A dependency is unavailable',
  deadline: 'The work did not finish in time',
}

/**
 * Whether an error with this code is the service's fault and must be logged as such. `overloaded` is an expected answer
 * under load: an error line per rejected request would slow an overloaded service down further.
 */
export function isServiceFault(code: ErrorCode): boolean {
  return statuses[code] >= 500 && code !== 'overloaded'
}

export interface ErrorExtras {
  /** The underlying error, for the log only. */
  cause?: unknown
  /** How long to wait before a retry, in milliseconds; sent as `Retry-After` in whole seconds, at least 1. */
  retryAfterMs?: number
  /** For `unavailable`: false when another party's server failed, such as a webhook or a CDN. */
  isOutage?: boolean
}

/**
 * The only error that the rooms (the folders of `service/`) throw on purpose. Only `http/` turns it into a response;
 * any other error becomes `internal`.
 */
export class DarkroomError extends Error {
  readonly code: ErrorCode
  readonly status: number
  readonly retryAfterMs: number | undefined
  /** Whether the database, the object store or the queue is away. Jobs wait for them for as long as it takes. */
  readonly isOutage: boolean

  constructor(code: ErrorCode, detail: string, extras: ErrorExtras = {}) {
    super(detail, extras.cause === undefined ? undefined : { cause: extras.cause })
    this.name = 'DarkroomError'
    this.code = code
    this.status = statuses[code]
    this.retryAfterMs = extras.retryAfterMs
    this.isOutage = code === 'unavailable' && (extras.isOutage ?? true)
  }
}

/** The message of anything that was thrown, for a log line or a terminal. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
