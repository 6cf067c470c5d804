import Type from 'typebox'

/** The variables of this room. */
export const queueConfig = Type.Object({
  NATS_URL: Type.Optional(
    Type.String({
      description: 'nats://user:password@host:4222?prefix=…, or tls:// (absent: jobs run in this process)',
    }),
  ),
})

/** Where jobs wait, as `NATS_URL` says. */
export interface NatsLocation {
  /** `host:port`; a name may stand for several addresses, and the rest of a cluster is learned from the first. */
  readonly server: string
  /** Without it TLS is used where the server offers it, and its absence is no error. */
  readonly tls: boolean
  readonly user?: string
  readonly password?: string
  /** A secret in place of user and password. */
  readonly token?: string
  /** A file with a JWT and its nkey seed, as `nsc` writes it. */
  readonly credentialsFile?: string
  /** Begins all names on the server, so that several Darkrooms can share it. */
  readonly prefix: string
}

const defaultPrefix = 'darkroom'
const parameters = ['prefix', 'credentials']

/**
 * Parses `NATS_URL`: `nats://` or `tls://`, then `user:password@` or `token@` (percent-encoded), host, port, and as
 * parameters `prefix` and `credentials` (the path of a credentials file). A private certificate authority is made
 * known to Node by `NODE_EXTRA_CA_CERTS`.
 * @throws Error that names the variable and never repeats its value
 */
export function parseNatsUrl(text: string): NatsLocation {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^(nats|tls):$/.test(url.protocol) || !url.hostname || url.hash || !/^\/?$/.test(url.pathname))
    throw mistake('must be nats://host:port or tls://host:port')
  if ([...url.searchParams.keys()].some(name => !parameters.includes(name)))
    throw mistake(`the only parameters are ${parameters.join(' and ')}`)
  const prefix = url.searchParams.get('prefix') || defaultPrefix
  if (!/^[a-zA-Z0-9-]{1,32}$/.test(prefix)) throw mistake('the prefix may hold letters, digits and - only')
  const server = `${url.hostname}:${url.port || 4222}`
  return { server, tls: url.protocol === 'tls:', prefix, ...parseCredentials(url) }
}

function parseCredentials(url: URL): Pick<NatsLocation, 'user' | 'password' | 'token' | 'credentialsFile'> {
  const [user, password] = [decode(url.username), decode(url.password)]
  const credentialsFile = url.searchParams.get('credentials')
  if (credentialsFile && user) throw mistake('takes credentials either before the host or from a file')
  if (credentialsFile) return { credentialsFile }
  if (password) return { user, password }
  return user ? { token: user } : {}
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw mistake('user and password must be percent-encoded')
  }
}

function mistake(what: string): Error {
  return new Error(`NATS_URL: ${what}`)
}
