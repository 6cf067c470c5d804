import { setTimeout as delay } from 'node:timers/promises'
import { backoffMs } from '../concurrency/backoff.ts'
import { messageOf } from '../errors/catalogue.ts'
import type { Logger } from '../telemetry/logger.ts'
import { errorCodeOf } from './database-errors.ts'
import { type Cluster, clusterUrl, prepareCluster } from './embedded/cluster.ts'
import { acquireLease, type Lease, releaseLease } from './embedded/lease.ts'
import { choosePort, findPostmaster, startPostmaster, stopPostmaster } from './embedded/postmaster.ts'

/** How long to wait until a server answers, which includes its crash recovery, in milliseconds. */
const joinMs = 120_000
/** The number of failed starts after which opening fails. */
const startAttempts = 6
const startBackoff = { firstMs: 100, maxMs: 6_400 }
/** The delay between attempts to restart a lost server, in milliseconds. */
const renewalMs = 5_000

export interface EmbeddedPostgres {
  /** `postgres://…`, including the password: it must not be logged. */
  url: string
  /** Releases the server, and stops it when no other process uses it. */
  close(): Promise<void>
}

export interface EmbeddedOptions {
  /** The directory of the database, created when missing. Several processes may use the same one. */
  directory: string
  logger: Logger
}

/**
 * Opens the Postgres server of a directory: connects to the running server, or starts one, which recovers
 * from a crash if necessary. The server is a separate process: it survives this process, and is restarted
 * when it dies earlier. Throws a plain error that says what to do.
 */
export async function openEmbeddedPostgres({
  directory,
  logger,
}: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const cluster = await prepareCluster(directory)
  const closing = new AbortController()
  let lease = await join(cluster, undefined, closing.signal)
  const { port } = lease
  logger.debug({ directory: cluster.directory, port }, 'connected to embedded Postgres')

  const renewing = (async () => {
    while (!closing.signal.aborted) {
      await lease.lost(closing.signal)
      if (closing.signal.aborted) return
      logger.warn('lost embedded Postgres, restarting it')
      lease = await renew(cluster, port, logger, closing.signal)
    }
  })()

  return {
    url: clusterUrl(cluster, port),
    async close() {
      closing.abort()
      await renewing.catch(() => undefined)
      await leave(cluster, lease, logger)
    },
  }
}

/**
 * Acquires a lease on the cluster's server and starts the server if none runs. Every attempt reads the state
 * anew, as other processes act at the same time. An aborted signal prevents a start, but not a lease on a running
 * server: this process may have started it, and can stop it only with a lease.
 */
async function join(cluster: Cluster, port: number | undefined, signal: AbortSignal): Promise<Lease> {
  const deadline = Date.now() + joinMs
  let failedStarts = 0
  let problem: unknown
  while (Date.now() < deadline && failedStarts < startAttempts) {
    const postmaster = await findPostmaster(cluster)
    try {
      if (!postmaster) {
        signal.throwIfAborted()
        await startPostmaster(cluster, await choosePort(port))
        continue
      }
      const lease =
        postmaster.port && (await acquireLease(clusterUrl(cluster, postmaster.port), postmaster.port))
      if (lease) return lease
    } catch (error) {
      if ((signal.aborted && !postmaster) || errorCodeOf(error) === wrongPassword) throw error
      problem = error
      if (!postmaster) failedStarts++
    }
    await delay(backoffMs(failedStarts + 1, startBackoff), undefined, postmaster ? {} : { signal })
  }
  throw new Error(`cannot use the embedded Postgres: ${messageOf(problem)}`, { cause: problem })
}

const wrongPassword = '28P01'

/**
 * Acquires a new lease after the server crashed or was stopped. Retries until it succeeds, on the port that
 * the connection pool uses.
 */
async function renew(cluster: Cluster, port: number, logger: Logger, signal: AbortSignal): Promise<Lease> {
  for (;;) {
    try {
      const lease = await join(cluster, port, signal)
      if (lease.port !== port) logger.error('embedded Postgres has a different port now, restart Darkroom')
      return lease
    } catch (error) {
      signal.throwIfAborted()
      logger.error({ err: error }, 'failed to restart embedded Postgres')
      await delay(renewalMs, undefined, { signal })
    }
  }
}

async function leave(cluster: Cluster, lease: Lease, logger: Logger): Promise<void> {
  try {
    if (await releaseLease(lease)) await stopPostmaster(cluster)
  } catch (error) {
    // Closing continues: the server keeps its data whether or not we saw it stop.
    logger.warn({ err: error }, 'failed to stop embedded Postgres')
  } finally {
    await lease.client.end()
  }
}
