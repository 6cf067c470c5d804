import { randomUUID } from 'node:crypto'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { startCephGateway } from './ceph.ts'
import { findObstacle } from './debian.ts'

/** How to reach an S3 server; it travels to the test files as JSON in `DARKROOM_TEST_S3`. */
export interface S3Server {
  endpoint: string
  accessKeyId: string
  secretAccessKey: string
}

export interface RunningS3 extends S3Server {
  stop(): Promise<void>
}

/** A server that a test may interrupt. */
export interface DedicatedS3 extends RunningS3 {
  /** It dies at once; what it has acknowledged stays. */
  kill(): Promise<void>
  restart(): Promise<void>
}

const programs = ['ceph', 'ceph-mon', 'ceph-osd', 'radosgw', 'radosgw-admin', 'monmaptool']
const packages = ['radosgw', 'ceph-mon', 'ceph-osd', 'ceph-common']

/**
 * A real S3 server for tests: the one that `S3_TEST_ENDPOINT` names, or a Ceph gateway of our own, whose packages are
 * installed first where they are missing and the machine allows it. Where there can be none, the answer is undefined,
 * so that tests skip and say so; under `CI=true` that is an error.
 */
export async function startS3(environment = process.env): Promise<RunningS3 | undefined> {
  const given = givenServer(environment)
  return given ? { ...given, stop: async () => {} } : startDedicatedS3(environment)
}

/** A gateway of our own, whatever server the environment names. See `startS3` for where there can be none. */
export async function startDedicatedS3(environment = process.env): Promise<DedicatedS3 | undefined> {
  const obstacle = await findObstacle({ programs, packages })
  if (!obstacle) return startCephGateway()
  const complaint = `No S3 server to test with: ${obstacle}. Set S3_TEST_ENDPOINT to test with another.`
  if (environment.CI === 'true') throw new Error(complaint)
  console.error(`\n*** ${complaint}\n*** THE S3 TESTS ARE SKIPPED.\n`)
  return undefined
}

/** The server that the whole run shares, or one for this test file alone. */
export async function sharedS3(environment = process.env): Promise<RunningS3 | undefined> {
  const shared = environment.DARKROOM_TEST_S3
  if (!shared) return startS3(environment)
  const server: S3Server = JSON.parse(shared)
  return { ...server, stop: async () => {} }
}

/** Makes a new bucket, so that tests that share a server do not meet. @returns its name */
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
