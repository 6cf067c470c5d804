import { DarkroomError } from '../errors/catalogue.ts'
import { failureOf } from './api-error.ts'

/** A session's access token, or a function that returns a valid one: access tokens expire after 15 minutes. */
export type Token = string | (() => string | Promise<string>)

/** The service's address, and the caller's credentials. */
export type ApiOptions = {
  /** The service's address, such as `https://images.example.com`. */
  readonly baseUrl: string
  /** Used instead of the global `fetch`. */
  readonly fetch?: typeof fetch
  /** Timeout of a call in milliseconds (default 60 000); uploads get ten times as long. */
  readonly timeoutMs?: number
} & ({ readonly token: Token } | { /** `drk_…` */ readonly apiKey: string })

/** The options of a call: `signal` cancels it. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined
}

export interface CallRequest extends CallOptions {
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined
  /** Request body, sent as JSON. */
  readonly body?: unknown
  readonly form?: FormData
  /** Whether the call has the time limit of an upload. */
  readonly slow?: boolean
}

/**
 * Calls a route below `/api/v1`, given its path segments. Responses are trusted, not validated: validation would
 * add every schema to the browser bundle.
 * @returns the parsed JSON of the response; undefined when the response has no body
 */
export type Call = <Answer>(method: string, path: readonly string[], request?: CallRequest) => Promise<Answer>

const defaultTimeoutMs = 60_000

/** @throws DarkroomApiError for any status but 2xx, `DarkroomError` for a segment that is empty, `.` or `..` */
export function createCall(options: ApiOptions): Call {
  const { timeoutMs = defaultTimeoutMs } = options
  const base = `${options.baseUrl.replace(/\/$/, '')}/api/v1`
  // looked up at each call, so that a later replacement of the global `fetch` is used
  const send: typeof fetch = options.fetch ?? ((url, init) => fetch(url, init))
  return async (method, path, { query = {}, body, form, slow, signal } = {}) => {
    const limit = AbortSignal.timeout(form || slow ? 10 * timeoutMs : timeoutMs)
    const response = await send(`${base}/${pathOf(path)}${queryOf(query)}`, {
      method,
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${await secretOf(options)}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: form ?? (body === undefined ? null : JSON.stringify(body)),
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      // no cookies are sent, and no redirect can carry the secret to another server
      credentials: 'omit',
      redirect: 'manual',
    })
    if (!response.ok) throw await failureOf(response)
    const text = await response.text()
    return text === '' ? undefined : JSON.parse(text)
  }
}

/** Uploads a file by PUT to a URL that carries its own authorization. @throws DarkroomApiError unless 2xx */
export type Put = (
  url: string,
  headers: Readonly<Record<string, string>>,
  file: Blob,
  options?: CallOptions,
) => Promise<void>

export function createPut({ timeoutMs = defaultTimeoutMs, ...options }: ApiOptions): Put {
  const send: typeof fetch = options.fetch ?? ((url, init) => fetch(url, init))
  return async (url, headers, file, { signal } = {}) => {
    const limit = AbortSignal.timeout(10 * timeoutMs)
    const response = await send(url, {
      method: 'PUT',
      headers: { ...headers },
      body: file,
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      credentials: 'omit',
      redirect: 'manual',
    })
    if (!response.ok) throw await failureOf(response)
    await response.body?.cancel()
  }
}

async function secretOf(options: ApiOptions): Promise<string> {
  if ('apiKey' in options) return options.apiKey
  return typeof options.token === 'string' ? options.token : options.token()
}

/** Ids may be untrusted: a segment that is empty, `.` or `..` would make the call reach a different route. */
function pathOf(parts: readonly string[]): string {
  const bad = parts.find(part => /^\.{0,2}$/.test(part))
  if (bad === undefined) return parts.map(encodeURIComponent).join('/')
  throw new DarkroomError('bad-request', `"${bad}" is not a valid id or name`)
}

function queryOf(query: NonNullable<CallRequest['query']>): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.append(name, String(value))
  }
  return parameters.size > 0 ? `?${parameters}` : ''
}
