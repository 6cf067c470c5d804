import type { Session } from './api-types.ts'

/** A refusal of the API, in its own words. */
export class Problem extends Error {
  /** 0 when no answer came at all. */
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, detail: string, cause?: unknown) {
    super(detail, { cause })
    this.name = 'Problem'
    this.status = status
    this.code = code
  }
}

/** How long an answer may take, in milliseconds: longer than the service gives itself. */
const responseTimeoutMs = 40_000

/** Held in memory only: a script of another page, or a reload, must not find it. */
let accessToken: string | undefined
let sessionEnded = () => {}

export function setAccessToken(token: string | undefined): void {
  accessToken = token
}

/** What to do when the session is over and cannot be renewed. */
export function onSessionEnd(react: () => void): void {
  sessionEnded = react
}

let renewal: Promise<Session | undefined> | undefined

/** A new access token for the session that the browser's cookie stands for; undefined when there is none. */
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
 * Calls the API and reads its JSON; an access token that has grown too old is renewed once.
 * @throws Problem
 */
export async function call<T>(
  method: string,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<T> {
  const response = await withRenewedToken(() => send(method, path, body, signal))
  if (!response.ok) throw await problemOf(response)
  const text = await response.text()
  return (text === '' ? undefined : JSON.parse(text)) as T
}

/** Sends, and once more with a new access token when this one was refused. */
export async function withRenewedToken<R extends { readonly status: number }>(
  attempt: () => Promise<R>,
): Promise<R> {
  const first = await attempt()
  if (first.status !== 401 || accessToken === undefined) return first
  if ((await renewSession()) !== undefined) return attempt()
  accessToken = undefined
  sessionEnded()
  return first
}

/** The headers that say who asks. */
export function authorizationHeader(): Record<string, string> {
  return accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }
}

async function send(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  const json = body === undefined ? undefined : JSON.stringify(body)
  const type: Record<string, string> = json === undefined ? {} : { 'content-type': 'application/json' }
  const limit = AbortSignal.timeout(responseTimeoutMs)
  try {
    return await fetch(`/api/v1${path}`, {
      method,
      headers: { ...authorizationHeader(), ...type },
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      ...(json === undefined ? {} : { body: json }),
    })
  } catch (cause) {
    if (signal?.aborted) throw cause
    throw new Problem(
      0,
      'unreachable',
      'The service does not answer. Check that it is running and that you are online.',
      cause,
    )
  }
}

/** The problem that a response tells of, whoever sent it. */
export async function problemOf(response: Response): Promise<Problem> {
  return readProblem(response.status, await response.text().catch(() => ''))
}

/** The problem in a body; a proxy's page of its own is none. */
export function readProblem(status: number, text: string): Problem {
  try {
    const { code, detail } = JSON.parse(text)
    return new Problem(status, String(code), String(detail))
  } catch {
    return new Problem(
      status,
      'unexpected',
      `The service answered with status ${status} and no readable body.`,
    )
  }
}

/** Any failure in words for people. */
export function errorMessage(error: unknown): string {
  if (error instanceof Error && error.message !== '') {
    return error.message.charAt(0).toUpperCase() + error.message.slice(1)
  }
  return 'Something went wrong.'
}
