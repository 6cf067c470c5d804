import { once } from 'node:events'
import { setTimeout as setTimeoutPromise } from 'node:timers/promises'
import { type App, openApp } from '../../app.ts'
import { type Config, ConfigError, readConfig, variablesWithoutEffect } from '../../config.ts'
import { createServer } from '../../http/server.ts'
import { createLogger, type Logger } from '../../telemetry/logger.ts'
import { createMetricsServer } from '../../telemetry/metrics.ts'
import { createReadiness } from '../../telemetry/readiness.ts'
import { awaitListening } from '../await-listening.ts'
import { command } from '../command.ts'
import { onInterruption } from '../interruption.ts'
import { welcome } from '../welcome.ts'

/** How long a graceful end may take before the process ends all the same, in milliseconds. */
const stopMs = 20_000
/** How long jobs in hand may take to end, in milliseconds: then others get them. */
const drainMs = 12_000
/** How long a computation that nobody waits for may hold up the end, in milliseconds. */
const idleMs = 5_000
/** How often what crashes left is looked for, in milliseconds: what is left is known as such only after an hour. */
const sweepMs = 3_600_000
/** How often jobs are looked for that were lost, in milliseconds. */
const catchUpMs = 60_000

export default command({
  name: 'serve',
  summary: 'serve images and the API (the configuration comes from the environment)',
  async run(_, environment) {
    const config = readConfig(environment)
    if (config.DARKROOM_ROLE !== 'all' && config.NATS_URL === undefined)
      throw new ConfigError([
        `NATS_URL: is needed when DARKROOM_ROLE is ${config.DARKROOM_ROLE}: jobs go from http processes to workers`,
      ])
    const logger = createLogger(config.LOG_LEVEL)
    for (const name of variablesWithoutEffect(config, environment))
      logger.warn(`${name} has no effect in this version`)

    const { signal } = onInterruption()
    const app = await openApp(config, logger)
    try {
      await serve(app, config, logger, signal)
    } finally {
      await app.close()
      setTimeout(() => leave(app, 0), idleMs).unref()
    }
  },
})

/** Ends the process now. An exit would wait for what libvips computes, which nothing can interrupt. */
function leave({ engine }: App, code: number): void {
  if (engine.load.running > 0) process.kill(process.pid, 'SIGKILL')
  else process.exit(code)
}

/** Does what the role says until the signal, then ends what has begun. */
async function serve(app: App, config: Config, logger: Logger, signal: AbortSignal): Promise<void> {
  const { HOST: host, PORT: port, DARKROOM_METRICS_PORT: metricsPort, DARKROOM_ROLE: role } = config
  const server = role === 'worker' ? undefined : await createServer(app.http, logger)
  const metrics = createMetricsServer(app.http.metrics, createReadiness(app.http.checks))
  let chores: Promise<unknown> | undefined
  try {
    if (role !== 'http') await app.work.start()
    if (server) await awaitListening({ variable: 'PORT', host, port }, server.listen({ host, port }))
    if (metricsPort > 0) {
      const ready = once(metrics.listen(metricsPort, host), 'listening')
      await awaitListening({ variable: 'DARKROOM_METRICS_PORT', host, port: metricsPort }, ready)
    }
    if (server) {
      await welcome(app, config, logger)
      const sweeping = regularly(sweepMs, app.sweep, 'the sweep failed', { logger, signal })
      const catching = regularly(catchUpMs, app.catchUp, 'lost jobs could not be looked for', {
        logger,
        signal,
      })
      chores = Promise.all([sweeping, catching])
    } else process.stdout.write('\nDarkroom is ready to work\n')
    if (!signal.aborted) await once(signal, 'abort')
    logger.info('stopping')
    setTimeout(() => leave(app, 1), stopMs).unref()
  } finally {
    metrics.close()
    const drained = performance.now() + drainMs
    // requests wait for jobs of this process, too
    await server?.close()
    await app.work.drain(Math.max(0, drained - performance.now()))
    await chores
  }
}

/** Does a chore at once and then again and again, that many milliseconds apart; one that fails is done the next time. */
async function regularly(
  everyMs: number,
  chore: (signal: AbortSignal) => Promise<void>,
  complaint: string,
  { logger, signal }: { logger: Logger; signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    await chore(signal).catch(error => logger.warn({ err: error }, complaint))
    await setTimeoutPromise(everyMs, undefined, { signal }).catch(() => {})
  }
}
