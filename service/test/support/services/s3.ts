import { randomUUID } from 'node:crypto'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { startCephGateway } from './ceph.ts'
import { findObstacle } from './debian.ts'

/** The address and credentials of an S3 server. Test files get them as JSON in `DARKROOM_TEST_S3`. */
export interface S3Server {
  endpoint: string
  accessKeyId: string
  secretAccessKey: string
}

export interface RunningS3 extends S3Server {
  stop(): Promise<void>
}

/** A server that a test can kill and restart. */
export interface DedicatedS3 extends RunningS3 {
  /** Kills the server at once. Acknowledged objects survive. */
  kill(): Promise<void>
  restart(): Promise<void>
  /** Pauses the gateway, or lets it go on. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void
}

const programs = ['ceph', 'ceph-mon', 'ceph-osd', 'radosgw', 'radosgw-admin', 'monmaptool']
const packages = ['radosgw', 'ceph-mon', 'ceph-osd', 'ceph-common']

/**
 * An S3 server for tests: the one of `S3_TEST_ENDPOINT`, or a new Ceph gateway, whose packages are installed if
 * necessary and possible. Undefined when there is none, so that tests are skipped. With `CI=true`, that is an error.
 */
export async function startS3(environment = process.env): Promise<RunningS3 | undefined> {
  const given = givenServer(environment)
  return given ? { ...given, stop: async () => {} } : startDedicatedS3(environment)
}

/** A new gateway, even when the environment names a server. Undefined as for `startS3`. */
export async function startDedicatedS3(environment = process.env): Promise<DedicatedS3 | undefined> {
  const obstacle = await findObstacle({ programs, packages })
  if (!obstacle) return startCephGateway()
  const complaint = `S3 is not available: ${obstacle}. Set S3_TEST_ENDPOINT to test with another.`
  if (environment.CI === 'true') throw new Error(complaint)
  console.error(`\n*** ${complaint}\n*** THE S3 TESTS ARE SKIPPED.\n`)
  return undefined
}

/** The server that the whole run shares, or a new one for this test file. */
export async function sharedS3(environment = process.env): Promise<RunningS3 | undefined> {
  const shared = environment.DARKROOM_TEST_S3
  if (!shared) return startS3(environment)
  const server: S3Server = JSON.parse(shared)
  return { ...server, stop: async () => {} }
}

/** Creates a bucket, so that tests that share a server are separate. @returns its name */
export async function createBucket({ endpoint, ...credentials }: S3Server): Promise<string> {
  const client = new S3Client({ endpoint, credentials, region: 'us-east-1', forcePathStyle: true })
  const bucket = `darkroom-test-${randomUUID()}`
  await client.send(new CreateBucketCommand({ Bucket: bucket }))
  client.destroy()
  return bucket
}

function givenServer(environment: NodeJS.ProcessEnv): S3Server | undefined {
  const { S3_TEST_ENDPOINT, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = environment
  if (!S3_TEST_ENDPOINT) return undefined
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY)
    throw new Error('S3_TEST_ENDPOINT needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY')
  return {
    endpoint: S3_TEST_ENDPOINT,
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
  }
}
