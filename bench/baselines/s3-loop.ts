// Reads objects with the AWS SDK alone: no server, cache or database. It shows which part of a hit from S3 is the SDK's.
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { forEach } from '../requests.ts'
import type { ObjectsQuestion, WorkAnswer } from './messages.ts'

/** As many as the service's own client has (`service/storage/drivers/s3/client.ts`). */
const maxSockets = 64
let opened: S3Client | undefined

function open({ endpoint, ...credentials }: Omit<ObjectsQuestion['server'], 'bucket'>): S3Client {
  return new S3Client({
    ...{ endpoint, credentials, region: 'us-east-1', forcePathStyle: true },
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { httpAgent: { keepAlive: true, maxSockets } },
  })
}

async function readAll({ server, keys, connections }: ObjectsQuestion): Promise<WorkAnswer> {
  const { bucket, ...location } = server
  opened ??= open(location)
  const client = opened
  const begun = performance.now()
  const sizes = await forEach(keys, connections, async key => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
    return (await Body?.transformToByteArray())?.length ?? 0
  })
  return { ms: performance.now() - begun, bytes: sizes.reduce((sum, size) => sum + size, 0) }
}

process.on('message', async (question: ObjectsQuestion) => {
  process.send?.(await readAll(question))
})
process.once('disconnect', () => process.exit())
