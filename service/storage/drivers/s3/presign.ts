import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import type { PresignedPut, PresignOptions } from '../../store.ts'

/** Sent as a header: in the query, servers accept the signature but do not verify the checksum. */
const checksumHeader = 'x-amz-checksum-sha256'

/** A presigned `PUT` of an object. The signature covers its key, length and checksum. */
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
