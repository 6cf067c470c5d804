import cluster from 'node:cluster'
import { setTimeout as sleep } from 'node:timers/promises'
import { backoffMs } from '../concurrency/backoff.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import type { HostedQueue } from '../queue/queue.ts'
import type { Logger } from '../telemetry/logger.ts'
import { SummedMetrics } from '../telemetry/summed-metrics.ts'
import { Child } from './child.ts'
import { ClaimTable } from './claim-table.ts'
import { QueueHost } from './queue-host.ts'

/** The delay before a process that has died is replaced, when it dies again and again. */
const restartBackoff = { firstMs: 100, maxMs: 30_000 }
/** A process that has lived this long starts anew with the shortest delay, in milliseconds. */
const stableMs = 60_000
/** How long a process that is replaced still answers, and asks clients to close their connections, in milliseconds. */
const lingerMs = 2_000
/** How long a process may take to tell its state, in milliseconds. */
const answerMs = 4_000

export interface SupervisorOptions {
  readonly count: number
  /** The queue of all processes; undefined when they use NATS. */
  readonly queue: HostedQueue | undefined
  readonly logger: Logger
}

/**
 * Starts the processes, replaces those that die, and lets them act as one: with one queue, one render of each
 * derivative, and one page of metrics. It does none of the service's work itself.
 */
export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #claims = new ClaimTable()
  readonly #host: QueueHost | undefined
  readonly #metrics = new SummedMetrics()
  /** The process of each place; none while it is started again. */
  readonly #current = new Map<number, Child>()
  /** Every process that has not ended, also one that is being replaced. */
  readonly #living = new Set<Child>()
  /** How often the process of a place has died shortly after its start. */
  readonly #deaths = new Map<number, number>()
  #isStopping = false
  #rolling: Promise<void> | undefined
  #isRollWanted = false

  constructor(options: SupervisorOptions) {
    this.#options = options
    // buffers are copied, not printed as JSON
    cluster.setupPrimary({ serialization: 'advanced' })
    this.#host = options.queue && new QueueHost(options.queue)
  }

  /**
   * Starts all processes. The first one starts alone: it prepares the database, and says what is wrong with the
   * configuration.
   * @throws EarlyExit
   */
  async start(onFirst: () => Promise<void>): Promise<void> {
    const first = this.#spawn(1)
    this.#current.set(1, first)
    await first.ready
    await onFirst()
    const others = Array.from({ length: this.#options.count - 1 }, (_, place) => this.#spawn(place + 2))
    for (const child of others) this.#current.set(child.place.index, child)
    await Promise.all(others.map(({ ready }) => ready))
    for (const child of [first, ...others]) this.#watch(child)
    await first.announce()
  }

  /** Replaces the processes one by one, each after its successor serves. */
  roll(): void {
    this.#isRollWanted = true
    this.#rolling ??= this.#rollAll().finally(() => {
      this.#rolling = undefined
    })
  }

  /** Stops all processes gracefully. */
  async stop(): Promise<void> {
    this.#isStopping = true
    await Promise.all([...this.#living].map(child => child.stop(0)))
    await this.#rolling
  }

  /** Kills all processes. */
  kill(): void {
    for (const child of this.#living) child.kill()
  }

  /** The metrics of all processes together, in Prometheus' text format. */
  async text(): Promise<string> {
    const ready = [...this.#living].filter(({ isReady }) => isReady)
    const present = ready.map(child => inTime(child.metrics()).catch(() => child.lastMetrics))
    return this.#metrics.text(await Promise.all(present))
  }

  /** @throws DarkroomError `unavailable` unless a process is ready */
  async check(): Promise<void> {
    const checks = [...this.#current.values()].filter(({ isReady }) => isReady)
    await Promise.any(checks.map(child => inTime(child.check()))).catch((failure: AggregateError) => {
      const [error] = failure.errors
      throw error instanceof DarkroomError ? error : new DarkroomError('unavailable', 'no process is ready')
    })
  }

  #spawn(index: number): Child {
    const child = new Child({ index, count: this.#options.count }, { claims: this.#claims, host: this.#host })
    this.#living.add(child)
    void child.exited.then(() => {
      this.#living.delete(child)
      if (this.#current.get(index) === child) this.#current.delete(index)
      this.#metrics.addDeparted(child.lastMetrics)
    })
    return child
  }

  /** Replaces the process when it ends by itself. */
  #watch(child: Child): void {
    const { index } = child.place
    void child.exited.then(async ({ code, signal }) => {
      if (this.#isStopping || child.isStopping) return
      const livedMs = performance.now() - child.startedAt
      const deaths = livedMs > stableMs ? 1 : (this.#deaths.get(index) ?? 0) + 1
      this.#deaths.set(index, deaths)
      const delayMs = backoffMs(deaths, restartBackoff)
      const facts = { process: index, pid: child.pid, code, signal, delayMs }
      this.#options.logger.error(facts, 'a process has died and is started again')
      await sleep(delayMs, undefined, { ref: false })
      if (this.#isStopping || this.#current.has(index)) return
      const next = this.#spawn(index)
      this.#current.set(index, next)
      this.#watch(next)
    })
  }

  async #rollAll(): Promise<void> {
    const { logger, count } = this.#options
    while (this.#isRollWanted && !this.#isStopping) {
      this.#isRollWanted = false
      logger.info('replacing the processes')
      for (let index = 1; index <= count && !this.#isStopping; index++) {
        const next = this.#spawn(index)
        const isReady = await next.ready.then(
          () => true,
          error => {
            logger.error({ err: error, process: index }, 'a new process did not start: the old ones stay')
            return false
          },
        )
        if (!isReady || this.#isStopping) break
        const old = this.#current.get(index)
        this.#current.set(index, next)
        this.#watch(next)
        await old?.stop(lingerMs)
      }
      logger.info('the processes are replaced')
    }
  }
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  const timer = new AbortController()
  const late = sleep(answerMs, undefined, { signal: timer.signal }).then(() => {
    throw new DarkroomError('unavailable', 'a process does not answer')
  })
  late.catch(() => {})
  try {
    return await Promise.race([work, late])
  } finally {
    timer.abort()
  }
}
