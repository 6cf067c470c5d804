import { type Config, ConfigError, readConfig } from '../config.ts'
import { createLogger, isReadByPerson, type Logger } from '../telemetry/logger.ts'
import type { Environment } from './command.ts'

/** How a service is configured, and its logger. */
export interface ServiceSettings {
  readonly config: Config
  readonly logger: Logger
  readonly isTraced: boolean
}

/** Reads the configuration of a service. @throws ConfigError */
export async function readSettings(environment: Environment): Promise<ServiceSettings> {
  const config = await readConfig(environment)
  if (config.DARKROOM_ROLE !== 'all' && config.NATS_URL === undefined)
    throw new ConfigError([
      `NATS_URL: required when DARKROOM_ROLE is ${config.DARKROOM_ROLE}, as http processes send jobs to workers`,
    ])
  const pretty = isReadByPerson(process.stdout, config.NODE_ENV)
  const isTraced =
    config.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined && environment.OTEL_SDK_DISABLED !== 'true'
  return { config, isTraced, logger: createLogger(config.LOG_LEVEL, { pretty, traced: isTraced }) }
}
