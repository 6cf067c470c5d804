import { type Account, postJson, read } from './session.ts'

/** The result of a login or of refreshing a session. */
export interface LoggedIn {
  readonly accessToken: string
  readonly expiresIn: number
  readonly user: { readonly id: string; readonly email: string; readonly role: string }
  /** The whole `Set-Cookie` header. */
  readonly setCookie: string
  /** The `Cookie` header that a browser sends back. */
  readonly cookie: string
}

/** Logs in as a browser does. @throws when the response is not 200 */
export async function login(url: string, account: Account): Promise<LoggedIn> {
  return loggedIn(await postJson(`${url}/api/v1/auth/login`, account))
}

/** Calls the refresh or logout route with a cookie. */
export function withCookie(
  url: string,
  route: 'refresh' | 'logout',
  cookie: string,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${url}/api/v1/auth/${route}`, { method: 'POST', headers: { cookie, ...headers } })
}

/** Refreshes a session. @throws when the response is not 200 */
export async function refresh(url: string, cookie: string): Promise<LoggedIn> {
  return loggedIn(await withCookie(url, 'refresh', cookie))
}

async function loggedIn(response: Response): Promise<LoggedIn> {
  const setCookie = response.headers.get('set-cookie') ?? ''
  const body = await read<Omit<LoggedIn, 'cookie' | 'setCookie'>>(response)
  return { ...body, setCookie, cookie: setCookie.split(';', 1)[0] ?? '' }
}

/** The status of the API's response to an access token or an API key. */
export async function statusOf(url: string, token: string, path = '/api/v1/operations'): Promise<number> {
  const response = await fetch(url + path, { headers: { authorization: `Bearer ${token}` } })
  await response.arrayBuffer()
  return response.status
}
