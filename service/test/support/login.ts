import { type Account, postJson, read } from './session.ts'

/** What a login, or going on with one, hands out. */
export interface LoggedIn {
  readonly accessToken: string
  readonly expiresIn: number
  readonly user: { readonly id: string; readonly email: string; readonly role: string }
  /** The whole `Set-Cookie`. */
  readonly setCookie: string
  /** What a browser sends back of it. */
  readonly cookie: string
}

/** Logs in as a browser does. @throws when the service does not answer 200 */
export async function login(url: string, account: Account): Promise<LoggedIn> {
  return loggedIn(await postJson(`${url}/api/v1/auth/login`, account))
}

/** Calls a route of sessions with a cookie. */
export function withCookie(
  url: string,
  route: 'refresh' | 'logout',
  cookie: string,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${url}/api/v1/auth/${route}`, { method: 'POST', headers: { cookie, ...headers } })
}

/** @throws when the service does not answer 200 */
export async function refresh(url: string, cookie: string): Promise<LoggedIn> {
  return loggedIn(await withCookie(url, 'refresh', cookie))
}

async function loggedIn(response: Response): Promise<LoggedIn> {
  const setCookie = response.headers.get('set-cookie') ?? ''
  const body = await read<Omit<LoggedIn, 'cookie' | 'setCookie'>>(response)
  return { ...body, setCookie, cookie: setCookie.split(';', 1)[0] ?? '' }
}

/** What the API answers to an access token or an API key: a status. */
export async function statusOf(url: string, token: string, path = '/api/v1/operations'): Promise<number> {
  const response = await fetch(url + path, { headers: { authorization: `Bearer ${token}` } })
  await response.arrayBuffer()
  return response.status
}
