import { destination, type Logger, pino } from 'pino'
import Type from 'typebox'

export type { Logger }

/** The variables of this room. */
export const telemetryConfig = Type.Object({
  LOG_LEVEL: Type.Enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
    default: 'info',
    description: 'pino level',
  }),
})

/** Names whose values are never logged, wherever they stand in a log object. */
const secrets = ['password', 'secret', 'authorization', 'cookie', 'token', 'accessToken', 'masterKey']

/**
 * The process's logger: JSON lines, of a server on standard output, so that a container's collector can read them.
 * Secrets are cut out by name; signatures are cut from URLs by `withoutSignature`, where URLs are logged.
 */
export function createLogger(level: string, to: 'stdout' | 'stderr' = 'stdout'): Logger {
  const redact = { paths: secrets.flatMap(name => [name, `*.${name}`]), censor: '[redacted]' }
  return pino({ level, base: null, redact }, destination(to === 'stdout' ? 1 : 2))
}

/** A URL as it may be logged: the signature is a bearer credential, so its value is taken out. */
export function withoutSignature(url: string): string {
  return url.replace(/([?&]s=)[^&#]*/g, '$1[redacted]')
}
