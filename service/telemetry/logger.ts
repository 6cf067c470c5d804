import { createRequire } from 'node:module'
import { type DestinationStream, destination, type Logger, pino } from 'pino'
import Type from 'typebox'
import { traceLogFields } from './tracing.ts'

export type { Logger }

/** The variables of this room. */
export const telemetryConfig = Type.Object({
  LOG_LEVEL: Type.Enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
    default: 'info',
    description: 'pino log level',
  }),
})

/** Names whose values are never logged, at the top level of a log object or one level below. */
const secrets = ['password', 'secret', 'authorization', 'cookie', 'token', 'accessToken', 'masterKey']

export interface LoggerOptions {
  /** A server logs to stdout, which log collectors read; a command logs to stderr, as its stdout is for results. */
  readonly to?: 'stdout' | 'stderr'
  /** One readable line per event, for a terminal, instead of JSON. */
  readonly pretty?: boolean
  /** Adds the current trace to each line. */
  readonly traced?: boolean
}

/**
 * The process's logger: JSON lines, or readable lines on a terminal. Secrets are redacted by name; `withoutSignature`
 * redacts signatures wherever a URL is logged.
 */
export function createLogger(
  level: string,
  { to = 'stdout', pretty = false, traced = false }: LoggerOptions = {},
): Logger {
  const redact = { paths: secrets.flatMap(name => [name, `*.${name}`]), censor: '[redacted]' }
  const fd = to === 'stdout' ? 1 : 2
  const mixin = traced ? { mixin: traceLogFields } : {}
  return pino({ level, base: null, redact, ...mixin }, pretty ? prettyStream(fd) : destination(fd))
}

/** Whether logs on this stream are for a person: on a terminal, but never in production. */
export function isReadByPerson(stream: { readonly isTTY?: boolean }, nodeEnv: string | undefined): boolean {
  return stream.isTTY === true && nodeEnv !== 'production'
}

/**
 * A logger whose fields are not searched for secrets, which would take most of the time of a line: for lines that many
 * requests write, with fields that contain none.
 */
export function withoutRedaction(logger: Logger): Logger {
  return logger.child({}, { redact: [] })
}

/** Loaded only where it is used: it would slow down the start of every command and server. */
function prettyStream(fd: number): DestinationStream {
  const { build } = createRequire(import.meta.url)('pino-pretty') as typeof import('pino-pretty')
  return build({
    destination: fd,
    sync: true,
    colorize: true,
    translateTime: 'SYS:HH:MM:ss',
    singleLine: true,
  })
}

/** The URL with the value of its signature redacted: a signature is a bearer credential and may not be logged. */
export function withoutSignature(url: string): string {
  return url.replace(/([?&]s=)[^&#]*/g, '$1[redacted]')
}
