import cluster from 'node:cluster'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../telemetry/logger.ts'
import type { MetricSnapshot } from '../telemetry/metrics.ts'
import { Peer } from './peer.ts'
import type { SiblingMethods, SupervisorMethods } from './protocol.ts'
import { SiblingClaims } from './sibling-claims.ts'
import { SiblingQueue } from './sibling-queue.ts'

/** How long a process without its supervisor may take to stop, in milliseconds. */
const orphanMs = 20_000

/** What the supervisor may ask this process for, once it serves. */
export interface Served {
  readonly metrics: () => Promise<readonly MetricSnapshot[]>
  readonly ready: () => Promise<void>
  /** Prints that the service is ready. */
  readonly announce: () => Promise<void>
}

/** This process, as one of several that a supervisor has started. */
export interface Sibling {
  readonly claims: SiblingClaims
  readonly queue: SiblingQueue
  /** Aborts when the supervisor wants this process to stop, or has died. */
  readonly signal: AbortSignal
  /** Tells the supervisor that this process serves. */
  serve(served: Served): void
  /** Waits before connections are closed, so that clients close theirs first after a response that says so. */
  linger(): Promise<void>
  /** Leaves the supervisor, which gets the last metrics, at the end of a stop. */
  leave(): Promise<void>
}

/** Opens the channel to the supervisor. */
export function openSibling(logger: Logger): Sibling {
  const stopping = new AbortController()
  let served: Served | undefined
  let lingerMs = 0
  const peer = new Peer<SupervisorMethods>(message => {
    // the callback takes the error of a channel that has just been closed
    if (process.connected) process.send?.(message, undefined, undefined, () => {})
  }, methods())
  const queue = new SiblingQueue(peer, logger)
  const claims = new SiblingClaims(peer)

  function methods(): SiblingMethods {
    return {
      metrics: async () => (await served?.metrics()) ?? [],
      check: async () => served?.ready(),
      announce: async () => served?.announce(),
      stop(ms) {
        lingerMs = ms
        stopping.abort()
      },
      give: key => claims.give(key),
      handle: (...params) => queue.methods.handle(...params),
      abort: run => queue.methods.abort(run),
      receive: (topic, text) => queue.methods.receive(topic, text),
    }
  }

  process.on('message', message => peer.receive(message as Parameters<typeof peer.receive>[0]))
  // the supervisor replaces its processes one by one; a terminal sends the signal to all of them
  process.on('SIGHUP', () => {})
  cluster.worker?.once('disconnect', () => {
    peer.close()
    if (cluster.worker?.exitedAfterDisconnect) return
    // otherwise Node.js would end the process at once: jobs and uploads are finished as in any stop
    if (cluster.worker) cluster.worker.exitedAfterDisconnect = true
    logger.error('the supervisor has died: stopping')
    setTimeout(() => process.exit(1), orphanMs).unref()
    stopping.abort()
  })

  return {
    claims,
    queue,
    signal: stopping.signal,
    serve(what) {
      served = what
      peer.notify('ready')
    },
    linger: () => sleep(lingerMs),
    async leave() {
      if (!process.connected) return
      peer.notify('leaving', (await served?.metrics()) ?? [])
      cluster.worker?.disconnect()
    },
  }
}
