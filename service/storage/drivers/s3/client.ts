import { S3Client } from '@aws-sdk/client-s3'

/** Where the bucket is. Without `credentials` the SDK's own chain looks for them (`AWS_*`, profile, machine role). */
export interface S3Location {
  bucket: string
  /** Stands before every key, without a slash at either end; empty or absent for none. */
  prefix?: string
  /** Of a server that is not Amazon's; buckets are then addressed by path. */
  endpoint?: string
  region?: string
  credentials?: { accessKeyId: string; secretAccessKey: string }
  /** The endpoint at which clients reach the server, where it is another one; false where they do not. */
  direct?: string | false
}

/** How long things may take, in milliseconds. */
export interface S3Timeouts {
  /** To connect. */
  connectMs: number
  /** One attempt of a small call, to the first byte of its answer. */
  attemptMs: number
  /** A small call with all its attempts. */
  callMs: number
  /** To write or read a whole object. */
  transferMs: number
  /** Without a byte while an object is read as a stream. */
  idleMs: number
}

export const defaultTimeouts: S3Timeouts = {
  connectMs: 3_000,
  attemptMs: 6_000,
  callMs: 15_000,
  transferMs: 60_000,
  idleMs: 15_000,
}

/** Of all the calls at once; a further one waits for a free socket. */
const maxSockets = 64

/** The SDK writes to the console on its own; every failure comes back as an error that is logged where it belongs. */
const silent = { debug() {}, info() {}, warn() {}, error() {} }

/** A client whose every wait ends. */
export function createS3Client(place: S3Location, limits: S3Timeouts): S3Client {
  const agent = { keepAlive: true, maxSockets }
  return new S3Client({
    ...(place.endpoint && { endpoint: place.endpoint, forcePathStyle: true }),
    ...(place.region && { region: place.region }),
    ...(place.credentials && { credentials: place.credentials }),
    // Some servers refuse the checksum trailers that the SDK sends by default.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // With this header the SDK leaves its bounded agent and opens a new socket for every upload.
    expectContinueHeader: false,
    retryMode: 'standard',
    maxAttempts: 3,
    logger: silent,
    requestHandler: {
      connectionTimeout: limits.connectMs,
      requestTimeout: limits.attemptMs,
      throwOnRequestTimeout: true,
      // It would also end a download that its reader takes slowly; `guardBody` tells the two apart.
      socketTimeout: 0,
      httpAgent: agent,
      httpsAgent: agent,
    },
  })
}

/** A client that signs what others send, by the address at which they reach the server; undefined where they do not. */
export function createSigningClient(
  { direct, ...place }: S3Location,
  limits: S3Timeouts,
): S3Client | undefined {
  if (direct === false) return undefined
  return createS3Client(direct === undefined ? place : { ...place, endpoint: direct }, limits)
}
