import { S3Client } from '@aws-sdk/client-s3'

/** A bucket and its server. Without `credentials`, the SDK looks for them (`AWS_*`, profile, machine role). */
export interface S3Location {
  bucket: string
  /** The first part of every object name, without a slash at either end; empty or absent for none. */
  prefix?: string
  /** The URL of a server other than Amazon's. Its buckets are addressed by path. */
  endpoint?: string
  region?: string
  credentials?: { accessKeyId: string; secretAccessKey: string }
  /** The endpoint at which clients reach the server, if it differs; false when they cannot reach it. */
  direct?: string | false
}

/** All in milliseconds. */
export interface S3Timeouts {
  /** Until a connection is established. */
  connectMs: number
  /** Until the first byte of the response, for one attempt of a small call. */
  attemptMs: number
  /** A small call, with all its attempts. */
  callMs: number
  /** Writing or reading a whole object. */
  transferMs: number
  /** Between two bytes of an object that is read as a stream. */
  idleMs: number
}

export const defaultTimeouts: S3Timeouts = {
  connectMs: 3_000,
  attemptMs: 6_000,
  callMs: 15_000,
  transferMs: 60_000,
  idleMs: 15_000,
}

/** The sockets of all concurrent calls. Further calls wait for a free socket. */
const maxSockets = 64

/** The SDK would log to the console. Failures are thrown, and logged by the caller. */
const silentLogger = { debug() {}, info() {}, warn() {}, error() {} }

/** Creates a client with timeouts for every wait. */
export function createS3Client(location: S3Location, timeouts: S3Timeouts): S3Client {
  const agent = { keepAlive: true, maxSockets }
  return new S3Client({
    ...(location.endpoint && { endpoint: location.endpoint, forcePathStyle: true }),
    ...(location.region && { region: location.region }),
    ...(location.credentials && { credentials: location.credentials }),
    // some servers reject the checksum trailers that the SDK sends by default
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // with this header the SDK bypasses its agent and opens a new socket for every upload
    expectContinueHeader: false,
    retryMode: 'standard',
    maxAttempts: 3,
    logger: silentLogger,
    requestHandler: {
      connectionTimeout: timeouts.connectMs,
      requestTimeout: timeouts.attemptMs,
      throwOnRequestTimeout: true,
      // this timeout would also end a download whose reader is slow; `guardBody` ends only those whose server is silent
      socketTimeout: 0,
      httpAgent: agent,
      httpsAgent: agent,
    },
  })
}

/**
 * Creates an S3 client that presigns requests for the endpoint at which clients of Darkroom reach the S3 server;
 * undefined when they cannot reach it.
 */
export function createSigningClient(
  { direct, ...location }: S3Location,
  timeouts: S3Timeouts,
): S3Client | undefined {
  if (direct === false) return undefined
  return createS3Client(direct === undefined ? location : { ...location, endpoint: direct }, timeouts)
}
