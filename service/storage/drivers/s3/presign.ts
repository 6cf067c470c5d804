import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import type { PresignedPut, PresignOptions } from '../../store.ts'

/** As a header: within the query servers take the signature for it, but do not compare. */
const checksumHeader = 'x-amz-checksum-sha256'

/** A signed `PUT` of an object; its key, length and checksum are part of what is signed. */
export async function presignPut(
  client: S3Client,
  object: { Bucket: string; Key: string },
  { bytes, sha256, seconds }: Omit<PresignOptions, 'signal'>,
): Promise<PresignedPut> {
  const checksum = Buffer.from(sha256, 'hex').toString('base64')
  const command = new PutObjectCommand({ ...object, ContentLength: bytes, ChecksumSHA256: checksum })
  const url = await getSignedUrl(client, command, {
    expiresIn: seconds,
    unhoistableHeaders: new Set([checksumHeader]),
  })
  return { url, headers: { [checksumHeader]: checksum } }
}
