import { type App, openApp } from '../app.ts'
import { type Config, readConfig } from '../config.ts'
import { createLogger, type Logger } from '../telemetry/logger.ts'
import type { Environment } from './command.ts'

/** What a command works with. */
export interface Session {
  readonly app: App
  readonly config: Config
  readonly logger: Logger
}

/**
 * Opens the rooms for one command and closes them after it, whatever happens. A command beside a running server
 * shares its embedded Postgres. Only warnings are logged, unless the environment asks for more.
 */
export async function withApp<T>(
  environment: Environment,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const config = readConfig({ ...environment, LOG_LEVEL: environment.LOG_LEVEL || 'warn' })
  const logger = createLogger(config.LOG_LEVEL)
  const app = await openApp(config, logger)
  try {
    return await work({ app, config, logger })
  } finally {
    await app.close()
  }
}
