import { DarkroomError } from '../../errors/catalogue.ts'
import type { PresignedPut } from '../../storage/store.ts'
import { findSigningKey, isExpired, signMessage, type VerifyingKey } from '../../url/signature.ts'
import { parseSignedUrl, printSignedUrl } from '../../url/signed-url.ts'

/** The door for files of clients who do not reach the store: a signed URL of the service, which holds as one of S3 does. */
export interface UploadUrlSigner {
  /** The URL of an upload until a moment, in Unix seconds. */
  sign(uploadId: string, until: number): PresignedPut
  /** Whether a raw URL, path and query as sent, is one that was given out. @throws DarkroomError `bad-signature`, `expired` */
  verify(rawUrl: string): void
}

export function createUploadUrlSigner({
  secret,
  publicUrl,
}: {
  secret: Buffer
  publicUrl: string
}): UploadUrlSigner {
  const key: VerifyingKey = { id: 'own', secret, state: 'active' }
  return {
    sign(uploadId, until) {
      const [path, e] = [`/api/v1/images/direct/${uploadId}/content`, String(until)]
      return {
        url: publicUrl + printSignedUrl({ path, e }, signMessage(secret, `${path}?e=${e}`)),
        headers: {},
      }
    },
    verify(rawUrl) {
      const request = parseSignedUrl(rawUrl)
      if (findSigningKey([key], request) === undefined)
        throw new DarkroomError('bad-signature', 'expected the URL that this upload was given')
      if (isExpired(request.e, Date.now()))
        throw new DarkroomError('expired', 'the URL is not valid any more: ask for another')
    },
  }
}
