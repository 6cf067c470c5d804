import { fileURLToPath } from 'node:url'
import Type from 'typebox'
import { isObjectKey } from './object-key.ts'

/** The variables of this room. Credentials of S3 are the `AWS_*` variables, which the SDK reads by itself. */
export const storageConfig = Type.Object({
  DARKROOM_STORAGE_URL: Type.Optional(
    Type.String({
      description:
        's3://bucket/prefix?endpoint=…&region=…&direct=… or file:///directory (absent: files in the data directory)',
    }),
  ),
})

/**
 * Where objects live, as `DARKROOM_STORAGE_URL` says; a `prefix` has no slash at either end and may be empty. `direct` is
 * the endpoint at which clients reach the server themselves, and false where they do not.
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

/** Parses `DARKROOM_STORAGE_URL`. @throws Error that names the variable and never repeats its value. */
export function parseStorageUrl(text: string): StorageLocation {
  const url = parseUrl(text)
  if (url?.protocol === 'file:') return { kind: 'file', directory: parseDirectory(url) }
  if (url?.protocol === 's3:') return parseS3(url)
  throw mistake('must be s3://bucket/prefix?endpoint=…&region=… or file:///directory')
}

function parseDirectory(url: URL): string {
  if (url.search || url.hash) throw mistake('a file URL takes no parameters')
  try {
    return fileURLToPath(url)
  } catch {
    throw mistake('a file URL must be file:/// and an absolute path')
  }
}

function parseS3(url: URL): StorageLocation {
  if (url.username || url.password)
    throw mistake('credentials belong into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY')
  if (!bucketPattern.test(url.host)) throw mistake('the bucket name is not valid')
  const prefix = url.pathname.replace(/^\/+|\/+$/g, '')
  if (prefix && !isObjectKey(prefix))
    throw mistake('the prefix may hold letters, digits and . _ ~ , : - / only')
  const known = ['endpoint', 'region', 'direct']
  if ([...url.searchParams.keys()].some(name => !known.includes(name)))
    throw mistake('the only parameters are endpoint, region and direct')
  const place = { ...parsePlace(url.searchParams), ...parseDirect(url.searchParams) }
  return { kind: 's3', bucket: url.host, prefix, ...place }
}

/** A server named by its endpoint seldom has regions, but a signature always names one. */
function parsePlace(parameters: URLSearchParams): { endpoint?: string; region?: string } {
  const endpoint = parameters.get('endpoint')
  const region = parameters.get('region') || (endpoint ? 'us-east-1' : undefined)
  if (endpoint !== null) checkEndpoint(endpoint)
  return { ...(endpoint && { endpoint }), ...(region && { region }) }
}

/** A server within a network of its own is reached otherwise from outside, or not at all. */
function parseDirect(parameters: URLSearchParams): { direct?: string | false } {
  const direct = parameters.get('direct')
  if (direct === null) return {}
  if (direct === 'off') return { direct: false }
  checkEndpoint(direct, 'direct must be off, or an endpoint: http://host:port or https://host:port')
  return { direct }
}

function checkEndpoint(
  text: string,
  what = 'the endpoint must be http://host:port or https://host:port',
): void {
  const url = parseUrl(text)
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash)
    throw mistake(what)
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined
}

function mistake(what: string): Error {
  return new Error(`DARKROOM_STORAGE_URL: ${what}`)
}
