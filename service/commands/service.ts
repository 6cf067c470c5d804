import { once } from 'node:events'
import { setTimeout as setTimeoutPromise } from 'node:timers/promises'
import { type App, openApp } from '../app.ts'
import type { Config } from '../config.ts'
import { createServer, listen } from '../http/server.ts'
import { parsePlace, placeVariable, shareOf } from '../processes/shares.ts'
import type { Sibling } from '../processes/sibling.ts'
import type { Logger } from '../telemetry/logger.ts'
import { createMetricsServer } from '../telemetry/metrics-server.ts'
import { createReadiness } from '../telemetry/readiness.ts'
import { awaitListening } from './await-listening.ts'
import type { Environment } from './command.ts'
import { prepareFirstStart } from './first-start.ts'
import { onInterruption } from './interruption.ts'
import { readSettings } from './service-config.ts'
import { recordServiceUrl } from './service-url.ts'
import { welcome } from './welcome.ts'

/** How long a graceful stop may take before the process exits anyway, in milliseconds. */
const stopMs = 20_000
/** How long jobs in flight may take to finish during a stop, in milliseconds; then they are redelivered elsewhere. */
const drainMs = 12_000
/** How long a computation whose result is not needed any more may delay the exit, in milliseconds. */
const abandonedWorkMs = 5_000
/** How often the files that a crash has left on this machine are removed, in milliseconds. */
const choreMs = 3_600_000

/** Serves images, the API and the dashboard, or runs jobs, until the process is interrupted. */
export async function runService(environment: Environment): Promise<void> {
  const settings = await readSettings(environment)
  const place = environment[placeVariable] ? parsePlace(environment[placeVariable]) : undefined
  const config = place ? shareOf(settings.config, place) : settings.config
  const logger = place ? settings.logger.child({ process: place.index }) : settings.logger
  const { isTraced } = settings
  const siblings = place && (await import('../processes/sibling.ts')).openSibling(logger)

  const interruption = onInterruption().signal
  const signal = siblings ? AbortSignal.any([interruption, siblings.signal]) : interruption
  const app = await openApp(config, logger, { siblings })
  const stopExport = isTraced ? await startExport(app, config, logger, environment) : undefined
  try {
    await serve(app, { config, logger, signal, siblings })
  } finally {
    await app.close()
    await stopExport?.()
    await siblings?.leave()
    setTimeout(() => leave(app, 0), abandonedWorkMs).unref()
  }
}

/** Loads OpenTelemetry, which takes a tenth of a second, and begins to send traces and metrics. */
async function startExport({ metrics }: App, config: Config, logger: Logger, environment: Environment) {
  const { openExport } = await import('../telemetry/otel/open.ts')
  return openExport({ role: config.DARKROOM_ROLE, metrics: () => metrics.snapshot(), logger, environment })
}

/** Ends the process at once. A normal exit would wait for running libvips computations, which cannot be cancelled. */
function leave({ engine }: App, code: number): void {
  if (engine.load.running > 0) process.kill(process.pid, 'SIGKILL')
  else process.exit(code)
}

interface Service {
  readonly config: Config
  readonly logger: Logger
  readonly signal: AbortSignal
  /** Set for one of several processes. */
  readonly siblings: Sibling | undefined
}

/** Serves requests and runs jobs as the role says until the signal aborts, then stops gracefully. */
async function serve(app: App, { config, logger, signal, siblings }: Service): Promise<void> {
  const { HOST: host, PORT: port, DARKROOM_METRICS_PORT: metricsPort, DARKROOM_ROLE: role } = config
  const server = role === 'worker' ? undefined : await createServer(app.http, logger, siblings?.linger)
  const ready = createReadiness(app.checks)
  const metrics = createMetricsServer(app.metrics, ready)
  let chores: Promise<unknown> | undefined
  try {
    if (role !== 'http') await app.jobs.worker.start()
    if (server) {
      // before the port opens, so that a configured administrator can log in as soon as the service answers
      await prepareFirstStart(app, config, logger)
      await awaitListening({ variable: 'PORT', host, port }, listen(server, { host, port }))
    }
    if (metricsPort > 0) {
      const listening = once(metrics.listen(metricsPort, host), 'listening')
      await awaitListening({ variable: 'DARKROOM_METRICS_PORT', host, port: metricsPort }, listening)
    }
    if (server) {
      await recordServiceUrl(config, app.publicUrl).catch(error =>
        logger.warn({ err: error }, 'failed to record the public URL for commands'),
      )
      chores = Promise.all([
        regularly(choreMs, app.cleanStaging, 'failed to remove abandoned files', { logger, signal }),
        regularly(choreMs, app.finishMigrations, 'failed to build indexes', { logger, signal }),
      ])
    }
    const announce = async () => {
      if (server) await welcome(app, config, logger)
      else process.stdout.write('\nDarkroom is ready to run jobs\n')
    }
    if (siblings) siblings.serve({ metrics: () => app.metrics.snapshot(), ready, announce })
    else await announce()
    app.jobs.tasks.start()
    if (!signal.aborted) await once(signal, 'abort')
    logger.info('stopping')
    setTimeout(() => leave(app, 1), stopMs).unref()
  } finally {
    metrics.close()
    const drained = performance.now() + drainMs
    // open requests may wait for jobs that this process runs, so the worker goes on until the server has closed
    await server?.close()
    await app.jobs.worker.drain(Math.max(0, drained - performance.now()))
    await app.jobs.tasks.drain(Math.max(0, drained - performance.now()))
    await chores
  }
}

/**
 * Runs a task at once and then periodically until the signal aborts. A run that fails for another reason is logged, and
 * repeated at the next interval.
 */
async function regularly(
  everyMs: number,
  task: (signal: AbortSignal) => Promise<void>,
  failure: string,
  { logger, signal }: { logger: Logger; signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    await task(signal).catch(error => signal.aborted || logger.warn({ err: error }, failure))
    await setTimeoutPromise(everyMs, undefined, { signal }).catch(() => {})
  }
}
