import { once } from 'node:events'
import { setTimeout as setTimeoutPromise } from 'node:timers/promises'
import { type App, openApp } from '../../app.ts'
import { type Config, ConfigError, readConfig, withoutEffect } from '../../config.ts'
import { createServer } from '../../http/server.ts'
import { createLogger, type Logger } from '../../telemetry/logger.ts'
import { createMetricsServer } from '../../telemetry/metrics.ts'
import { command } from '../command.ts'
import { onInterruption } from '../interruption.ts'
import { listening } from '../listening.ts'
import { welcome } from '../welcome.ts'

/** How long a graceful end may take before the process ends all the same, in milliseconds. */
const stopMs = 20_000
/** How often unfinished business is looked for, in milliseconds. */
const sweepMs = 3_600_000

export default command({
  name: 'serve',
  summary: 'serve images and the API (the configuration comes from the environment)',
  async run(_, environment) {
    const config = readConfig(environment)
    if (config.DARKROOM_ROLE === 'worker')
      throw new ConfigError(['DARKROOM_ROLE: there are no worker jobs in this version'])
    const logger = createLogger(config.LOG_LEVEL)
    for (const name of withoutEffect(config, environment))
      logger.warn(`${name} has no effect in this version`)

    const { signal } = onInterruption()
    const app = await openApp(config, logger)
    try {
      await serve(app, config, logger, signal)
    } finally {
      await app.close()
    }
  },
})

/** Listens until the signal, then answers what has begun. */
async function serve(app: App, config: Config, logger: Logger, signal: AbortSignal): Promise<void> {
  const { HOST: host, PORT: port, DARKROOM_METRICS_PORT: metricsPort } = config
  const server = await createServer(app.http, logger)
  const metrics = createMetricsServer(app.http.metrics)
  let sweeping: Promise<void> | undefined
  try {
    await listening({ variable: 'PORT', host, port }, server.listen({ host, port }))
    if (metricsPort > 0) {
      const ready = once(metrics.listen(metricsPort, host), 'listening')
      await listening({ variable: 'DARKROOM_METRICS_PORT', host, port: metricsPort }, ready)
    }
    await welcome(app, config, logger)
    sweeping = sweepRegularly(app, logger, signal)
    if (!signal.aborted) await once(signal, 'abort')
    logger.info('stopping')
    setTimeout(() => process.exit(1), stopMs).unref()
  } finally {
    metrics.close()
    await server.close()
    await sweeping
  }
}

/** Finishes what crashes left, at once and every hour: what is left is known as such only after an hour. */
async function sweepRegularly(app: App, logger: Logger, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await app.sweep(signal).catch(error => logger.warn({ err: error }, 'the sweep failed'))
    await setTimeoutPromise(sweepMs, undefined, { signal }).catch(() => {})
  }
}
