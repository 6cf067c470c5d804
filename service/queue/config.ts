import Type from 'typebox'

/** The variables of this room. */
export const queueConfig = Type.Object({
  NATS_URL: Type.Optional(
    Type.String({
      description: 'nats://user:password@host:4222?prefix=…, or tls:// (absent: jobs run in this process)',
    }),
  ),
})

/** The NATS server of `NATS_URL`. */
export interface NatsLocation {
  /**
   * `host:port`. A host name may have several addresses; other members of a cluster are learned from the first server.
   */
  readonly server: string
  /** Whether TLS is required. When false, TLS is used if the server offers it. */
  readonly tls: boolean
  readonly user?: string
  readonly password?: string
  /** A secret instead of user and password. */
  readonly token?: string
  /** A file with a JWT and its nkey seed, as `nsc` writes it. */
  readonly credentialsFile?: string
  /** The first part of all names on the server, so that several Darkrooms can share it. */
  readonly prefix: string
}

const defaultPrefix = 'darkroom'
const parameters = ['prefix', 'credentials']

/**
 * Parses `NATS_URL`: `nats://` or `tls://`, then `user:password@` or `token@` (percent-encoded), host, port, and the
 * parameters `prefix` and `credentials` (the path of a credentials file). For a private certificate authority, set
 * Node's `NODE_EXTRA_CA_CERTS`.
 * @throws Error that names the variable and never repeats its value
 */
export function parseNatsUrl(text: string): NatsLocation {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^(nats|tls):$/.test(url.protocol) || !url.hostname || url.hash || !/^\/?$/.test(url.pathname))
    throw invalid('must be nats://host:port or tls://host:port')
  if ([...url.searchParams.keys()].some(name => !parameters.includes(name)))
    throw invalid(`unknown parameter, expected ${parameters.join(' or ')}`)
  const prefix = url.searchParams.get('prefix') || defaultPrefix
  if (!/^[a-zA-Z0-9-]{1,32}$/.test(prefix))
    throw invalid('prefix: must be 1 to 32 letters, digits or hyphens')
  const server = `${url.hostname}:${url.port || 4222}`
  return { server, tls: url.protocol === 'tls:', prefix, ...parseCredentials(url) }
}

function parseCredentials(url: URL): Pick<NatsLocation, 'user' | 'password' | 'token' | 'credentialsFile'> {
  const [user, password] = [decode(url.username), decode(url.password)]
  const credentialsFile = url.searchParams.get('credentials')
  if (credentialsFile && user)
    throw invalid('credentials: must be given either before the host or as a file, not both')
  if (credentialsFile) return { credentialsFile }
  if (password) return { user, password }
  return user ? { token: user } : {}
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalid('user and password must be percent-encoded')
  }
}

function invalid(problem: string): Error {
  return new Error(`NATS_URL: ${problem}`)
}
