import { once } from 'node:events'
import { openApp } from '../../app.ts'
import { ConfigError, readConfig, withoutEffect } from '../../config.ts'
import { createServer } from '../../http/server.ts'
import { createLogger } from '../../telemetry/logger.ts'
import { createMetricsServer } from '../../telemetry/metrics.ts'
import type { Command } from '../command.ts'
import { welcome } from '../welcome.ts'

/** How long a graceful end may take before the process ends all the same, in milliseconds. */
const stopMs = 20_000

const serve: Command = {
  name: 'serve',
  arguments: '',
  summary: 'serve images and the API (the configuration comes from the environment)',
  async run(_, environment) {
    const config = readConfig(environment)
    if (config.DARKROOM_ROLE === 'worker')
      throw new ConfigError(['DARKROOM_ROLE: there are no worker jobs in this version'])
    const logger = createLogger(config.LOG_LEVEL)
    for (const name of withoutEffect(config, environment))
      logger.warn(`${name} has no effect in this version`)

    const stopping = once(process, 'SIGTERM')
    const interrupted = once(process, 'SIGINT')
    const app = await openApp(config, logger)
    const server = await createServer(app.http, logger)
    const metrics = createMetricsServer(app.http.metrics)
    try {
      await server.listen({ host: config.HOST, port: config.PORT })
      if (config.DARKROOM_METRICS_PORT > 0) {
        metrics.listen(config.DARKROOM_METRICS_PORT, config.HOST)
        await once(metrics, 'listening')
      }
      await welcome(app, config)
      const sweeping = app.http.cleaner
        .sweep()
        .catch(error => logger.warn({ err: error }, 'the sweep failed'))
      await Promise.race([stopping, interrupted])
      logger.info('stopping')
      setTimeout(() => process.exit(1), stopMs).unref()
      await sweeping
    } finally {
      metrics.close()
      await server.close()
      await app.close()
    }
  },
}

export default serve
