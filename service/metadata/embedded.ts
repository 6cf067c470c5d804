import { setTimeout as delay } from 'node:timers/promises'
import { backoffMs } from '../concurrency/backoff.ts'
import { messageOf } from '../errors/catalogue.ts'
import type { Logger } from '../telemetry/logger.ts'
import { errorCodeOf } from './database-errors.ts'
import { type Cluster, clusterUrl, prepareCluster } from './embedded/cluster.ts'
import { acquireLease, type Lease, releaseLease } from './embedded/lease.ts'
import { choosePort, findPostmaster, startPostmaster, stopPostmaster } from './embedded/postmaster.ts'

/** How long to try to get a server that answers, in milliseconds; recovery after a crash is part of it. */
const joinMs = 120_000
/** How often a start may fail before it is an error. */
const startAttempts = 6
const startBackoff = { firstMs: 100, maxMs: 6_400 }
/** The pause between attempts to get a lost server back, in milliseconds. */
const renewalMs = 5_000

export interface EmbeddedPostgres {
  /** `postgres://…` with the password in it: not for a log. */
  url: string
  /** Gives the server back; whoever is the last to do so stops it. */
  close(): Promise<void>
}

export interface EmbeddedOptions {
  /** Where the database lives; made when missing. Several processes may name the same. */
  directory: string
  logger: Logger
}

/**
 * Opens the Postgres server of a directory: joins the one that runs there, or starts it (and lets it recover what a
 * crash left). The server is a process of its own: it survives ours, and is started again should it die before.
 * Throws a plain error that says what to do.
 */
export async function openEmbeddedPostgres({
  directory,
  logger,
}: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const cluster = await prepareCluster(directory)
  const closing = new AbortController()
  let lease = await join(cluster, undefined, closing.signal)
  const { port } = lease
  logger.info({ directory: cluster.directory, port }, 'embedded Postgres is running')

  const keeping = (async () => {
    while (!closing.signal.aborted) {
      await lease.lost(closing.signal)
      if (closing.signal.aborted) return
      logger.warn('embedded Postgres went away; starting it again')
      lease = await renew(cluster, port, logger, closing.signal)
    }
  })()

  return {
    url: clusterUrl(cluster, port),
    async close() {
      closing.abort()
      await keeping.catch(() => undefined)
      await leave(cluster, lease, logger)
    },
  }
}

/**
 * Gets a lease on the cluster's server, starting it if none runs. Every turn looks afresh, as other processes act
 * too. The signal prevents a start, not a lease: a server that we started must be ours to stop.
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
  throw new Error(`The embedded Postgres cannot be used: ${messageOf(problem)}`, { cause: problem })
}

const wrongPassword = '28P01'

/** Joins again after the server crashed or was stopped, however long that takes, on the port that the pool knows. */
async function renew(cluster: Cluster, port: number, logger: Logger, signal: AbortSignal): Promise<Lease> {
  for (;;) {
    try {
      const lease = await join(cluster, port, signal)
      if (lease.port !== port) logger.error('embedded Postgres has another port now: restart Darkroom')
      return lease
    } catch (error) {
      signal.throwIfAborted()
      logger.error({ err: error }, 'embedded Postgres does not come back')
      await delay(renewalMs, undefined, { signal })
    }
  }
}

async function leave(cluster: Cluster, lease: Lease, logger: Logger): Promise<void> {
  try {
    if (await releaseLease(lease)) await stopPostmaster(cluster)
  } catch (error) {
    // Closing goes on: the server keeps its data whether or not we saw it stop.
    logger.warn({ err: error }, 'embedded Postgres was not stopped')
  } finally {
    await lease.client.end()
  }
}
