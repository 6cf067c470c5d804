import { once } from 'node:events'
import { openHostedQueue } from '../app.ts'
import { EarlyExit } from '../processes/child.ts'
import { Supervisor } from '../processes/supervisor.ts'
import { createMetricsServer } from '../telemetry/metrics-server.ts'
import { createReadiness } from '../telemetry/readiness.ts'
import { awaitListening } from './await-listening.ts'
import type { Environment } from './command.ts'
import { onInterruption } from './interruption.ts'
import { readSettings } from './service-config.ts'

/** Supervises several processes that serve or run jobs, until this process is interrupted. */
export async function runProcesses(count: number, environment: Environment): Promise<void> {
  const { config, logger } = await readSettings(environment)
  const { HOST: host, DARKROOM_METRICS_PORT: port } = config
  const { signal } = onInterruption()
  const queue = openHostedQueue(config, logger)
  const supervisor = new Supervisor({ count, queue, logger })
  // also at a second signal, which ends this process at once
  process.once('exit', () => supervisor.kill())
  // a terminal that is closed ends the service, as it ends a single process
  if (!process.stdin.isTTY) process.on('SIGHUP', () => supervisor.roll())
  const metrics = createMetricsServer(supervisor, createReadiness({ service: () => supervisor.check() }))
  const stop = async () => {
    metrics.close()
    await supervisor.stop()
  }
  signal.addEventListener('abort', () => void stop())
  try {
    await supervisor.start(async () => {
      if (port === 0) return
      const ready = once(metrics.listen(port, host), 'listening')
      await awaitListening({ variable: 'DARKROOM_METRICS_PORT', host, port }, ready)
    })
    if (!signal.aborted) await once(signal, 'abort')
  } catch (error) {
    if (signal.aborted) return
    await stop()
    // the process has said why
    if (error instanceof EarlyExit) process.exitCode = error.exit.code ?? 1
    else throw error
  } finally {
    await stop()
    await queue?.close()
  }
}
