import { fileURLToPath } from 'node:url'
import Type from 'typebox'
import { messageOf } from '../errors/catalogue.ts'
import { isObjectKey } from './object-key.ts'

/** The variables of this room. The SDK reads the S3 credentials from the `AWS_*` variables itself. */
export const storageConfig = Type.Object({
  DARKROOM_STORAGE_URL: Type.Optional(
    Type.String({
      description:
        's3://bucket/prefix?endpoint=…&region=…&direct=… or file:///directory (absent: files in the data directory)',
    }),
  ),
  DARKROOM_STORE_MAX_GB: Type.Optional(
    Type.Number({
      minimum: 0.000001,
      maximum: 1_000_000_000,
      description:
        'the most bytes that the derivatives of all users may have, in GB; above it, those that were not used for the longest time are removed (absent: no limit)',
    }),
  ),
})

/** The most bytes that the derivatives of all users may have; undefined for no limit. */
export function derivativeBudgetOf({
  DARKROOM_STORE_MAX_GB: gigabytes,
}: Type.Static<typeof storageConfig>): number | undefined {
  return gigabytes === undefined ? undefined : gigabytes * 1e9
}

/**
 * The object store of `DARKROOM_STORAGE_URL`. The `prefix` has no slash at either end and may be empty. `direct` is the
 * endpoint at which clients reach the server for direct uploads, or false when they cannot reach it.
 */
export type StorageLocation =
  | { kind: 'file'; directory: string }
  | {
      kind: 's3'
      bucket: string
      prefix: string
      endpoint?: string
      region?: string
      direct?: string | false
    }

const bucketPattern = /^[a-zA-Z0-9][a-zA-Z0-9._-]{2,62}$/

/**
 * Parses the URL of an object store.
 * @param name of the variable or argument that holds it
 * @throws Error that begins with the name and never repeats the URL
 */
export function parseStorageUrl(text: string, name = 'DARKROOM_STORAGE_URL'): StorageLocation {
  try {
    return parseLocation(text)
  } catch (error) {
    throw new Error(`${name}: ${messageOf(error)}`)
  }
}

function parseLocation(text: string): StorageLocation {
  const url = parseUrl(text)
  if (url?.protocol === 'file:') return { kind: 'file', directory: parseDirectory(url) }
  if (url?.protocol === 's3:') return parseS3(url)
  throw new Error('must be s3://bucket/prefix?endpoint=…&region=… or file:///directory')
}

function parseDirectory(url: URL): string {
  if (url.search || url.hash) throw new Error('a file URL must have no parameters')
  try {
    return fileURLToPath(url)
  } catch {
    throw new Error('a file URL must be file:/// and an absolute path')
  }
}

function parseS3(url: URL): StorageLocation {
  if (url.username || url.password)
    throw new Error('must hold no credentials, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY instead')
  if (!bucketPattern.test(url.host)) throw new Error('bucket: not a valid bucket name')
  const prefix = url.pathname.replace(/^\/+|\/+$/g, '')
  if (prefix && !isObjectKey(prefix))
    throw new Error('prefix: must consist of letters, digits and . _ ~ , : - /')
  const known = ['endpoint', 'region', 'direct']
  if ([...url.searchParams.keys()].some(name => !known.includes(name)))
    throw new Error('unknown parameter, expected endpoint, region or direct')
  const server = { ...parseServer(url.searchParams), ...parseDirect(url.searchParams) }
  return { kind: 's3', bucket: url.host, prefix, ...server }
}

/** A server with its own endpoint rarely has regions, but every signature names a region. */
function parseServer(parameters: URLSearchParams): { endpoint?: string; region?: string } {
  const endpoint = parameters.get('endpoint')
  const region = parameters.get('region') || (endpoint ? 'us-east-1' : undefined)
  if (endpoint !== null) checkEndpoint(endpoint)
  return { ...(endpoint && { endpoint }), ...(region && { region }) }
}

/** Clients reach a server in a private network at another address, or not at all. */
function parseDirect(parameters: URLSearchParams): { direct?: string | false } {
  const direct = parameters.get('direct')
  if (direct === null) return {}
  if (direct === 'off') return { direct: false }
  checkEndpoint(direct, 'direct: must be off, http://host:port or https://host:port')
  return { direct }
}

function checkEndpoint(
  text: string,
  problem = 'endpoint: must be http://host:port or https://host:port',
): void {
  const url = parseUrl(text)
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash)
    throw new Error(problem)
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined
}
