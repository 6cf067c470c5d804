import { DarkroomError } from '../errors/catalogue.ts'
import { decodeBase64url, encodeBase64url } from '../url/base64url.ts'
import { printDownload } from '../url/download.ts'
import { printSignedUrl, signatureMessage } from '../url/signed-url.ts'

/** A signing key. Its secret can sign any URL of its user, so it belongs on servers only. */
export interface SigningKey {
  readonly keyId: string
  /** The secret as shown when the key was created (base64url), or its bytes. */
  readonly secret: string | Uint8Array
}

export interface SignOptions extends SigningKey {
  /** Expiry of the URL in Unix seconds. By default, the URL is valid as long as its key. */
  readonly expires?: number | undefined
  /** A stored policy's name: the signature is then valid for every URL that the policy allows, see `policyUrl`. */
  readonly policy?: string | undefined
  /** The file name under which a browser saves the image instead of showing it; its extension follows the format. */
  readonly download?: string | undefined
}

/**
 * Signs a path of `url` or `originalUrl`, on servers only: never send a signing secret to a browser.
 * @returns the path with its query, `?e=…&k=…&s=…`
 * @throws DarkroomError `bad-request` if the secret is not base64url, the expiry is not a whole number, or a policy is
 *   given for a path that is not a derivative's; `bad-url` if the download is not a file name
 */
export async function sign(
  path: string,
  { keyId, secret, expires, policy, download }: SignOptions,
): Promise<string> {
  const e = expires === undefined ? undefined : printExpiry(expires)
  const dl = download === undefined ? undefined : printDownload(download)
  const parts = { path, e, k: keyId, p: policy, dl }
  const message = signatureMessage(parts)
  if (message === undefined) throw new DarkroomError('bad-request', 'a policy applies to derivatives only')
  const key = await importKey(secret)
  const digest = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(message))
  return printSignedUrl(parts, encodeBase64url(new Uint8Array(digest)))
}

function importKey(secret: string | Uint8Array) {
  const bytes = typeof secret === 'string' ? decodeBase64url(secret) : Uint8Array.from(secret)
  if (!bytes?.length) throw new DarkroomError('bad-request', 'the signing secret is not base64url')
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
}

function printExpiry(expires: number): string {
  const text = String(expires)
  if (/^\d{1,12}$/.test(text)) return text
  throw new DarkroomError('bad-request', `expires: must be a whole number of Unix seconds, got ${text}`)
}
