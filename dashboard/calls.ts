import type { Session } from './api-types.ts'
import { checkReachability } from './reachability.ts'

/** An error response of the API, with the API's message. */
export class Problem extends Error {
  /** The HTTP status; 0 when there was no response. */
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, detail: string, cause?: unknown) {
    super(detail, { cause })
    this.name = 'Problem'
    this.status = status
    this.code = code
  }
}

/** The timeout of most requests, in milliseconds. It is longer than the service's own timeouts. */
const responseTimeoutMs = 40_000

/** Kept only in memory: if it were in the browser's storage, other pages and scripts that run later could read it. */
let accessToken: string | undefined
/** Whether a session has ended and no new one has begun. */
let hasEnded = false
let sessionEnded = () => {}

export function setAccessToken(token: string | undefined): void {
  accessToken = token
  if (token !== undefined) hasEnded = false
}

/** After a sign-out. Requests without a token are then refused like those of a visitor. */
export function forgetSession(): void {
  accessToken = undefined
  hasEnded = false
}

/** Registers a callback for the end of a session that cannot be renewed. */
export function onSessionEnd(callback: () => void): void {
  sessionEnded = callback
}

let renewal: Promise<Session | undefined> | undefined

/**
 * Requests a new access token with the browser's refresh cookie. Concurrent calls share one request. Returns undefined
 * when there is no session.
 */
export function renewSession(): Promise<Session | undefined> {
  renewal ??= requestSession().finally(() => {
    renewal = undefined
  })
  return renewal
}

async function requestSession(): Promise<Session | undefined> {
  const response = await send('POST', '/auth/refresh')
  if (response.status >= 500) throw await problemOf(response)
  if (!response.ok) return undefined
  const session: Session = await response.json()
  accessToken = session.accessToken
  return session
}

/**
 * Calls the API and parses its JSON response. Renews an expired access token once.
 * @throws Problem
 */
export async function call<T>(
  method: string,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
  timeoutMs = responseTimeoutMs,
): Promise<T> {
  const response = await withRenewedToken(() => send(method, path, body, signal, timeoutMs))
  if (!response.ok) throw await problemOf(response)
  const text = await response.text()
  return (text === '' ? undefined : JSON.parse(text)) as T
}

/**
 * Sends a request, and retries it once with a new access token after a 401.
 * @throws Problem `session-ended`
 */
export async function withRenewedToken<R extends { readonly status: number }>(
  attempt: () => Promise<R>,
): Promise<R> {
  const first = await attempt()
  if (first.status !== 401) return first
  if (accessToken !== undefined) {
    if ((await renewSession()) !== undefined) return attempt()
    accessToken = undefined
    hasEnded = true
    sessionEnded()
  }
  if (hasEnded) throw new Problem(401, 'session-ended', 'Your session has ended. Sign in and try again.')
  return first
}

/** The `Authorization` header, or nothing without an access token. */
export function authorizationHeader(): Record<string, string> {
  return accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }
}

async function send(
  method: string,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
  timeoutMs = responseTimeoutMs,
): Promise<Response> {
  const json = body === undefined ? undefined : JSON.stringify(body)
  const type: Record<string, string> = json === undefined ? {} : { 'content-type': 'application/json' }
  const limit = AbortSignal.timeout(timeoutMs)
  try {
    const response = await fetch(`/api/v1${path}`, {
      method,
      headers: { ...authorizationHeader(), ...type },
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      ...(json === undefined ? {} : { body: json }),
    })
    if (isOfProxy(response)) await checkReachability()
    return response
  } catch (cause) {
    if (signal?.aborted) throw cause
    await checkReachability()
    throw new Problem(
      0,
      'unreachable',
      'The service does not answer. Check that it is running and that you are online.',
      cause,
    )
  }
}

/** Whether a response is from a proxy that cannot reach the service. The service's own errors are JSON. */
function isOfProxy({ status, headers }: Response): boolean {
  return isGatewayError(status) && !headers.get('content-type')?.includes('json')
}

const isGatewayError = (status: number) => status >= 502 && status <= 504

/** Reads the problem from an error response. */
export async function problemOf(response: Response): Promise<Problem> {
  return readProblem(response.status, await response.text().catch(() => ''))
}

/** Parses a problem from a body. Handles bodies that are not JSON, such as a proxy's error page. */
export function readProblem(status: number, text: string): Problem {
  try {
    const { code, detail } = JSON.parse(text)
    return new Problem(status, String(code), String(detail))
  } catch {
    return new Problem(
      status,
      isGatewayError(status) ? 'unreachable' : 'unexpected',
      `The service answered with status ${status} and no readable body.`,
    )
  }
}

/** The message of any error, as a sentence for users. */
export function errorMessage(error: unknown): string {
  if (error instanceof Error && error.message !== '') {
    return error.message.charAt(0).toUpperCase() + error.message.slice(1)
  }
  return 'Something went wrong.'
}
