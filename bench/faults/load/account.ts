import { type SigningKey, sign } from '../../../service/client/sign.ts'
import { originalUrl, url } from '../../../service/client/url.ts'
import { callJson, openSession, postJson, read } from '../../../service/test/support/session.ts'
import type { Extension } from '../../../service/url/address.ts'
import { administrator, type System } from '../system.ts'
import type { Client, Reply } from './request.ts'

/** The user whose images are requested, with keys that outlast all faults. */
export class Account {
  readonly userId: string
  readonly #key: SigningKey
  readonly #authorization: string

  private constructor(userId: string, key: SigningKey, token: string) {
    this.userId = userId
    this.#key = key
    this.#authorization = `Bearer ${token}`
  }

  /** Creates the user, an API key and a signing key. */
  static async create({ https }: Pick<System, 'https'>, email: string): Promise<Account> {
    const admin = await openSession(https[0].url, administrator)
    const account = { email, password: `a password of ${email}` }
    await read(await callJson(admin, 'POST', '/api/v1/users', account), 201)
    const session = await openSession(https[0].url, account)
    const name = { name: 'load', scopes: ['images:read', 'images:write', 'sign', 'keys'] }
    const api = await read<{ secret: string }>(await callJson(session, 'POST', '/api/v1/api-keys', name), 201)
    const authorization = { authorization: `Bearer ${api.secret}` }
    const created = await postJson(`${https[0].url}/api/v1/signing-keys`, {}, authorization)
    const { id: keyId, secret } = await read<{ id: string; secret: string }>(created, 201)
    return new Account(session.userId, { keyId, secret }, api.secret)
  }

  /** The signed path of a derivative in a width and a quality. */
  signResized(imageId: string, width: number, format: Extension, quality?: number): Promise<string> {
    const encode = quality === undefined ? [] : [{ op: 'encode' as const, q: quality }]
    const operations = [{ op: 'resize' as const, w: width }, ...encode]
    return sign(url({ userId: this.userId, imageId, operations, format }), this.#key)
  }

  signOriginal(imageId: string, extension: string): Promise<string> {
    return sign(originalUrl(this.userId, imageId, extension), this.#key)
  }

  /** Calls the API. */
  call(client: Client, method: 'GET' | 'POST' | 'DELETE', path: string): Promise<Reply> {
    return client.send(`/api/v1/${path}`, { method, headers: { authorization: this.#authorization } })
  }

  /** Uploads a file in a form. */
  upload(client: Client, file: Buffer): Promise<Reply> {
    const { head, tail, type } = formParts
    const headers = { authorization: this.#authorization, 'content-type': type }
    return client.send('/api/v1/images', { method: 'POST', headers, body: Buffer.concat([head, file, tail]) })
  }

  /** The headers of an upload, for clients that do not send all of it. */
  get uploadHeaders(): Readonly<Record<string, string>> {
    return { authorization: this.#authorization, 'content-type': formParts.type }
  }
}

const boundary = 'boundary-of-the-fault-run'

/** What surrounds the file in the form of an upload. */
export const formParts = {
  type: `multipart/form-data; boundary=${boundary}`,
  head: Buffer.from(
    `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="picture"\r\ncontent-type: image/jpeg\r\n\r\n`,
  ),
  tail: Buffer.from(`\r\n--${boundary}--\r\n`),
}
