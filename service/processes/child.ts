import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import type { MetricSnapshot } from '../telemetry/metrics.ts'
import type { Claimant, ClaimTable } from './claim-table.ts'
import { Peer } from './peer.ts'
import type { QueueMethods, SiblingMethods, SupervisorMethods } from './protocol.ts'
import type { QueueHost } from './queue-host.ts'
import { type Place, placeVariable, printPlace, threadsOf } from './shares.ts'

/** How long a stop may take before the process is killed, in milliseconds: longer than it gives itself. */
const killMs = 25_000

/** How a process has ended. */
export interface Exit {
  readonly code: number | null
  readonly signal: string | null
}

/** One process, as its supervisor sees it. */
export class Child {
  readonly place: Place
  readonly startedAt = performance.now()
  /** Resolves when the process serves. @throws when it ends before */
  readonly ready: Promise<void>
  readonly exited: Promise<Exit>
  /** Whether it was asked to stop. */
  isStopping = false
  /** Whether it serves. */
  isReady = false
  /** The metrics that it was last asked for. */
  #metrics: readonly MetricSnapshot[] = []
  readonly #worker: Worker
  readonly #peer: Peer<SiblingMethods>

  constructor(place: Place, { claims, host }: { claims: ClaimTable; host: QueueHost | undefined }) {
    this.place = place
    this.#worker = cluster.fork({
      [placeVariable]: printPlace(place),
      UV_THREADPOOL_SIZE: threadsOf(process.env.UV_THREADPOOL_SIZE, place.count),
    })
    const worker = this.#worker
    // an error of the channel comes before the exit, which says more
    worker.on('error', () => {})
    let onReady = () => {}
    const served = new Promise<void>(resolve => {
      onReady = () => {
        this.isReady = true
        resolve()
      }
    })
    const claimant: Claimant = { give: key => this.#peer.call('give', key) }
    const methods: Omit<SupervisorMethods, keyof QueueMethods> = {
      ready: () => onReady(),
      leaving: metrics => {
        this.#metrics = metrics
      },
      claim: key => claims.claim(key, claimant),
      rendered: key => claims.rendered(key, claimant),
      release: key => claims.release(key, claimant),
    }
    this.#peer = new Peer<SiblingMethods>(
      message => {
        if (worker.isConnected()) worker.send(message, undefined, () => {})
      },
      { ...methods },
    )
    const guest = host?.admit(this.#peer)
    if (guest) this.#peer.add(guest.methods)
    worker.on('message', message => this.#peer.receive(message))
    this.exited = once(worker, 'exit').then(([code, signal]) => {
      this.isReady = false
      guest?.leave()
      this.#peer.close()
      claims.leave(claimant)
      return { code, signal }
    })
    const early = this.exited.then(exit => {
      throw new EarlyExit(exit)
    })
    this.ready = Promise.race([served, early])
    this.ready.catch(() => {})
    early.catch(() => {})
  }

  get pid(): number | undefined {
    return this.#worker.process.pid
  }

  /** The last metrics that are known, of a process that has ended or does not answer. */
  get lastMetrics(): readonly MetricSnapshot[] {
    return this.#metrics
  }

  async metrics(): Promise<readonly MetricSnapshot[]> {
    this.#metrics = await this.#peer.call('metrics')
    return this.#metrics
  }

  check(): Promise<void> {
    return this.#peer.call('check')
  }

  announce(): Promise<void> {
    return this.#peer.call('announce')
  }

  /** Asks the process to stop, and kills it if it takes too long. */
  async stop(lingerMs: number): Promise<void> {
    this.isStopping = true
    this.#peer.notify('stop', lingerMs)
    const timer = setTimeout(() => this.kill(), killMs + lingerMs)
    await this.exited
    clearTimeout(timer)
  }

  kill(): void {
    this.#worker.process.kill('SIGKILL')
  }
}

/** A process has ended before it served. It has printed why. */
export class EarlyExit extends Error {
  readonly exit: Exit

  constructor(exit: Exit) {
    super(`a process ended before it was ready: ${exit.signal ?? exit.code}`)
    this.exit = exit
  }
}
