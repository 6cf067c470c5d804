import { DarkroomError } from '../../errors/catalogue.ts'
import type { PresignedPut } from '../../storage/store.ts'
import { findSigningKey, isExpired, signMessage, type VerifyingKey } from '../../url/signature.ts'
import { parseSignedUrl, printSignedUrl } from '../../url/signed-url.ts'

/**
 * Signs upload URLs of the service itself, for stores that clients cannot reach. They work like presigned URLs of S3.
 */
export interface UploadUrlSigner {
  /** The URL for an upload, valid until a time in Unix seconds. */
  sign(uploadId: string, until: number): PresignedPut
  /** Verifies a raw URL (path and query as sent). @throws DarkroomError `bad-signature`, `expired` */
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
        throw new DarkroomError('bad-signature', 'this is not the URL of the direct upload')
      if (isExpired(request.e, Date.now()))
        throw new DarkroomError('expired', 'the upload URL has expired, start another direct upload')
    },
  }
}
