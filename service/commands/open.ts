import { type App, openApp } from '../app.ts'
import { type Config, readConfig } from '../config.ts'
import { createLogger, type Logger } from '../telemetry/logger.ts'
import type { Environment } from './command.ts'
import { onInterruption } from './interruption.ts'
import { withServiceUrl } from './service-url.ts'

/** The app, configuration and logger of a command. */
export interface CommandContext {
  readonly app: App
  readonly config: Config
  readonly logger: Logger
  /** Aborts when the command is interrupted; the app is closed in any case. */
  readonly signal: AbortSignal
}

/**
 * Opens the app for one command and closes it afterwards. A running server and a command share the embedded Postgres,
 * and the command prints URLs of the server.
 */
export async function withApp<T>(
  environment: Environment,
  work: (session: CommandContext) => Promise<T>,
): Promise<T> {
  const { config: ownConfig, logger } = await readCommandConfig(environment)
  const config = await withServiceUrl(ownConfig, environment)
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

/** Reads a command's configuration. Its log goes to stderr, as stdout is for results; the default level is `warn`. */
export async function readCommandConfig(
  environment: Environment,
): Promise<{ config: Config; logger: Logger }> {
  const config = await readConfig({ ...environment, LOG_LEVEL: environment.LOG_LEVEL || 'warn' })
  return { config, logger: createLogger(config.LOG_LEVEL, { to: 'stderr' }) }
}
