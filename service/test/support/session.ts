import type { Static } from 'typebox'
import type { ImageSchema } from '../../http/schemas/image.ts'

/** An image as the API shows it. */
export type ShownImage = Static<typeof ImageSchema>

export interface Account {
  readonly email: string
  readonly password: string
}

/** The body of a signing request for an image. */
export interface Picture {
  readonly imageId: string
  readonly operations?: readonly Readonly<Record<string, unknown>>[]
  readonly format?: string
  readonly expiresIn?: number
}

/** The fields of an upload form, as text. */
export type UploadFields = Partial<Record<'title' | 'tags' | 'alt' | 'metadata', string>>

/** A logged-in user. Everything goes over HTTP. */
export interface Session {
  /** The service's address, without a slash at its end. */
  readonly url: string
  readonly account: Account
  readonly userId: string
  readonly token: string
  /** Uploads a picture. @throws when the service does not answer 201 */
  upload(file: Buffer, labels?: UploadFields): Promise<ShownImage>
  /** Uploads a file that the service may reject. */
  tryUpload(file: Buffer | string, name?: string): Promise<Response>
  /** Signs an image with operations, or a path. @returns the absolute URL */
  sign(what: Picture | string, expiresIn?: number): Promise<string>
  /** Calls the API with the user's token, or fetches a URL. */
  get(pathOrUrl: string, init?: RequestInit): Promise<Response>
}

/** Logs in. @throws when the service does not answer 200 */
export async function openSession(url: string, account: Account): Promise<Session> {
  const login = await postJson(`${url}/api/v1/auth/login`, account)
  const { accessToken: token, user } = await read<{ accessToken: string; user: { id: string } }>(login, 200)
  const authorization = `Bearer ${token}`
  const tryUpload = (file: Buffer | string, name = 'picture.jpg') => sendForm(file, name, {})

  function sendForm(file: Buffer | string, name: string, labels: Record<string, string>) {
    const form = new FormData()
    for (const [label, value] of Object.entries(labels)) form.append(label, value)
    form.append('file', new Blob([file]), name)
    return fetch(`${url}/api/v1/images`, { method: 'POST', body: form, headers: { authorization } })
  }

  return {
    url,
    account,
    userId: user.id,
    token,
    tryUpload,
    async upload(file, labels = {}) {
      return read<ShownImage>(await sendForm(file, 'picture.jpg', labels), 201)
    },
    async sign(what, expiresIn) {
      const body = typeof what === 'string' ? { path: what } : what
      const asked = expiresIn === undefined ? body : { ...body, expiresIn }
      const response = await postJson(`${url}/api/v1/sign`, asked, { authorization })
      return (await read<{ url: string }>(response, 200)).url
    },
    get(pathOrUrl, init = {}) {
      const target = new URL(pathOrUrl, url)
      const headers = new Headers(init.headers)
      if (target.pathname.startsWith('/api/') && !headers.has('authorization')) {
        headers.set('authorization', authorization)
      }
      return fetch(target, { ...init, headers })
    },
  }
}

export function postJson(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  const all = { 'content-type': 'application/json', ...headers }
  return fetch(url, { method: 'POST', body: JSON.stringify(body), headers: all })
}

/** Calls the API with a body, as a session's user. */
export function callJson(
  session: Pick<Session, 'url' | 'token'>,
  method: string,
  path: string,
  body: unknown,
): Promise<Response> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${session.token}` }
  return fetch(session.url + path, { method, headers, body: JSON.stringify(body) })
}

/** The JSON of a response that must have this status. */
export async function read<T>(response: Response, status = 200): Promise<T> {
  if (response.status === status) return (await response.json()) as T
  throw new Error(`${response.url} answered ${response.status}: ${await response.text()}`)
}

/** The bytes of a response that must be a picture. */
export async function bytesOf(response: Response): Promise<Buffer> {
  if (response.status !== 200) throw new Error(`answered ${response.status}: ${await response.text()}`)
  return Buffer.from(await response.arrayBuffer())
}
