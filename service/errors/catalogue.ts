interface CatalogueEntry {
  readonly status: number
  /** The public title of the problem. */
  readonly title: string
  /**
   * Whether a 5xx is an expected answer under load and no fault of the service. It is logged for debugging only: an
   * error line per rejected request would slow an overloaded service down further.
   */
  readonly isExpected?: boolean
}

/**
 * Every failure that a client may see, with its status and public title. Codes are a contract: clients switch on them.
 * The `detail` of a `DarkroomError` is public too, so it never contains a secret, a file path or a stack.
 */
export const catalogue = {
  'bad-url': { status: 400, title: 'The image URL is not valid' },
  'bad-request': { status: 400, title: 'The request is not valid' },
  unauthorized: { status: 401, title: 'Authentication is required' },
  'bad-signature': { status: 403, title: 'The URL has no valid signature' },
  forbidden: { status: 403, title: 'Not allowed' },
  'over-limit': { status: 403, title: 'A limit of the user is exceeded' },
  'taken-down': { status: 403, title: 'The content was taken down' },
  'not-found': { status: 404, title: 'Not found' },
  'method-not-allowed': { status: 405, title: 'Method not allowed' },
  'request-timeout': { status: 408, title: 'The request took too long to arrive' },
  conflict: { status: 409, title: 'Conflict with the current state' },
  expired: { status: 410, title: 'The signed URL has expired' },
  deleted: { status: 410, title: 'The image was deleted' },
  'too-large': { status: 413, title: 'The file is too large' },
  'too-many-pixels': { status: 413, title: 'The image has too many pixels' },
  'url-too-long': { status: 414, title: 'The URL path is too long' },
  'not-an-image': { status: 415, title: 'The file is not an image of a supported format' },
  'unsupported-media-type': { status: 415, title: 'The content type of the body is not supported' },
  'range-not-satisfiable': { status: 416, title: 'The requested range is outside the image' },
  'not-applicable': { status: 422, title: 'The operation cannot be applied to this image' },
  mismatch: { status: 422, title: 'The file has another length or hash than stated' },
  'not-fetched': { status: 422, title: 'The URL could not be imported' },
  'too-complex': { status: 422, title: 'The image takes too much time or memory to read' },
  undecodable: { status: 422, title: 'The image is damaged or cannot be decoded' },
  'header-too-large': { status: 431, title: 'The request headers are too large' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'Internal error' },
  overloaded: { status: 503, title: 'Too many requests are waiting', isExpected: true },
  unavailable: { status: 503, title: 'A dependency is unavailable' },
  deadline: { status: 504, title: 'The work did not finish in time' },
} as const satisfies Record<string, CatalogueEntry>

export type ErrorCode = keyof typeof catalogue

/** Whether an error with this code is the service's fault and must be logged as such. */
export function isServiceFault(code: ErrorCode): boolean {
  const { status, isExpected = false }: CatalogueEntry = catalogue[code]
  return status >= 500 && !isExpected
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
    this.status = catalogue[code].status
    this.retryAfterMs = extras.retryAfterMs
    this.isOutage = code === 'unavailable' && (extras.isOutage ?? true)
  }
}

/** The message of anything that was thrown, for a log line or a terminal. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
