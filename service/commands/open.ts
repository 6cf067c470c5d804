import type { Accounts, App } from '../app.ts'
import type { Config } from '../config.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Environment } from './command.ts'
import { onInterruption } from './interruption.ts'

// The modules of the service are loaded when a command runs, so that its usage is printed without them.

/** What a command works with. */
export interface CommandContext<A extends Accounts = App> {
  readonly app: A
  readonly config: Config
  /** Aborts when the command is interrupted; the app is closed in any case. */
  readonly signal: AbortSignal
}

/**
 * Opens the app for one command and closes it afterwards. A running server and a command share the embedded Postgres,
 * and the command prints URLs of the server.
 */
export async function withApp<T>(
  environment: Environment,
  work: (context: CommandContext) => Promise<T>,
): Promise<T> {
  const { openApp } = await import('../app.ts')
  const { withServiceUrl } = await import('./service-url.ts')
  return withOpened(environment, work, async (config, logger) =>
    openApp(await withServiceUrl(config, environment), logger),
  )
}

/** The same for a command about users and keys, which starts in half the time. */
export async function withAccounts<T>(
  environment: Environment,
  work: (context: CommandContext<Accounts>) => Promise<T>,
): Promise<T> {
  const { openAccounts } = await import('../app.ts')
  return withOpened(environment, work, openAccounts)
}

async function withOpened<A extends Accounts, T>(
  environment: Environment,
  work: (context: CommandContext<A>) => Promise<T>,
  open: (config: Config, logger: Logger) => Promise<A>,
): Promise<T> {
  const { config, logger } = await readCommandConfig(environment)
  const interruption = onInterruption()
  try {
    const app = await open(config, logger)
    try {
      interruption.signal.throwIfAborted()
      return await work({ app, config, signal: interruption.signal })
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
  const { readConfig } = await import('../config.ts')
  const { createLogger } = await import('../telemetry/logger.ts')
  const config = await readConfig({ ...environment, LOG_LEVEL: environment.LOG_LEVEL || 'warn' })
  return { config, logger: createLogger(config.LOG_LEVEL, { to: 'stderr' }) }
}
