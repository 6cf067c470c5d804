import { type App, openApp } from '../app.ts'
import { type Config, readConfig } from '../config.ts'
import { createLogger, type Logger } from '../telemetry/logger.ts'
import type { Environment } from './command.ts'
import { onInterruption } from './interruption.ts'

/** What a command works with. */
export interface Session {
  readonly app: App
  readonly config: Config
  readonly logger: Logger
  /** Aborts when the command is interrupted: its rooms are to be closed all the same. */
  readonly signal: AbortSignal
}

/**
 * Opens the rooms for one command and closes them after it, whatever happens. A command beside a running server
 * shares its embedded Postgres.
 */
export async function withApp<T>(
  environment: Environment,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const { config, logger } = prepare(environment)
  const interruption = onInterruption()
  try {
    const app = await openApp(config, logger)
    try {
      interruption.signal.throwIfAborted()
      return await work({ app, config, logger, signal: interruption.signal })
    } finally {
      await app.close()
    }
  } finally {
    interruption.dispose()
  }
}

/**
 * The configuration of a command, and its logger: on stderr, as stdout is for results, and for warnings only, unless
 * the environment asks for more.
 */
export function prepare(environment: Environment): { config: Config; logger: Logger } {
  const config = readConfig({ ...environment, LOG_LEVEL: environment.LOG_LEVEL || 'warn' })
  return { config, logger: createLogger(config.LOG_LEVEL, 'stderr') }
}
