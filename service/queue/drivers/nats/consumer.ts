import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Msg } from 'nats'
import { jittered } from '../../../concurrency/backoff.ts'
import { messageOf } from '../../../errors/catalogue.ts'
import type { Logger } from '../../../telemetry/logger.ts'
import { InFlightJobs } from '../../in-flight-jobs.ts'
import { decodeJob } from '../../job.ts'
import type { ConsumeOptions, JobConsumer, JobOutcome } from '../../queue.ts'
import { type AckInfo, parseAckSubject } from './ack-subject.ts'
import type { NatsClient } from './client.ts'
import { isStreamMissing } from './errors.ts'
import type { NatsNames } from './names.ts'
import { pullJob } from './pull.ts'
import type { StreamTopology } from './topology.ts'

/** The pause between attempts while the queue is unavailable, in milliseconds, before jitter. */
const retryMs = 500
/** How long the server may take to confirm an acknowledgement, in milliseconds. */
const confirmMs = 1_000

interface NatsConsumeOptions extends ConsumeOptions {
  readonly name: string
  readonly client: NatsClient
  readonly topology: StreamTopology
  readonly names: NatsNames
  readonly ackWaitMs: number
  readonly logger: Logger
}

/** A delivered message, and the metadata with which it is acknowledged. */
interface Delivered {
  readonly message: Msg
  readonly info: AckInfo
}

/** Pulls one job at a time in each of its slots, so that no job waits in this process. */
export class NatsConsumer implements JobConsumer {
  readonly #options: NatsConsumeOptions
  readonly #inFlight: InFlightJobs
  readonly #stop = new AbortController()
  readonly #slots: Promise<void>[]
  #isFailing = false

  constructor(options: NatsConsumeOptions) {
    this.#options = options
    this.#inFlight = new InFlightJobs(options.handle, options.logger)
    setMaxListeners(0, this.#stop.signal)
    this.#slots = Array.from({ length: options.concurrency }, () => this.#runSlot())
  }

  async drain(withinMs: number): Promise<void> {
    this.#stop.abort()
    await this.#inFlight.drain(withinMs)
    await Promise.all(this.#slots)
  }

  async #runSlot(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        if (await this.#pullAndHandle()) {
          this.#isFailing = false
          continue
        }
      } catch (error) {
        this.#logFailure(error)
      }
      await pause()
    }
  }

  /** Handles the next job, if one comes in time. @returns false when the consumer on the server may be missing */
  async #pullAndHandle(): Promise<boolean> {
    const { name, client, topology, names } = this.#options
    await topology.ensureConsumer(name)
    const pulled = await pullJob(client, names.nextJobSubject(name), this.#stop.signal)
    if (pulled === 'lost') topology.invalidate()
    else if (pulled !== 'nothing') await this.#handle(pulled)
    return pulled !== 'lost'
  }

  /** Logs the first failure only, until a pull succeeds: all slots fail for the same reason, several times a second. */
  #logFailure(error: unknown): void {
    const { logger, name } = this.#options
    if (!this.#isFailing) logger.warn({ err: error, job: name }, 'failed to pull jobs')
    this.#isFailing = true
  }

  async #handle(message: Msg): Promise<void> {
    const { name, logger, ackWaitMs } = this.#options
    const info = parseAckSubject(message.reply ?? '')
    if (info === undefined) return logger.error({ job: name }, 'job has no acknowledgement subject')
    const delivered = { message, info }
    // it arrived while the consumer was stopping
    if (this.#stop.signal.aborted) return this.#acknowledge(delivered, '-NAK')
    const job = decodeJob(name, Buffer.from(message.data).toString())
    if (job === undefined) {
      logger.error({ job: name }, 'dropped a message that is not a job')
      return this.#acknowledge(delivered, '+TERM')
    }
    const progress = setInterval(() => this.#reportProgress(delivered), ackWaitMs / 3)
    const settle = (outcome: JobOutcome) => this.#acknowledge(delivered, acknowledgementOf(outcome))
    await this.#inFlight.run({ delivery: { job, ...info, ...traceOf(message) }, settle })
    clearInterval(progress)
  }

  /** Restarts the acknowledgement timeout of a job that still runs. */
  #reportProgress({ message, info }: Delivered): void {
    const { client, topology } = this.#options
    const { createdAt } = topology
    if (client.isConnected && createdAt !== undefined && info.storedAt >= createdAt) message.respond('+WPI')
  }

  /** Retries until the server confirms or redelivers the job after its timeout; while stopping, for one second. */
  async #acknowledge(delivered: Delivered, acknowledgement: string): Promise<void> {
    const { ackWaitMs, logger, name } = this.#options
    const started = performance.now()
    while (true) {
      try {
        return await this.#sendAcknowledgement(delivered, acknowledgement)
      } catch (error) {
        const limitMs = this.#stop.signal.aborted ? confirmMs : ackWaitMs
        if (performance.now() - started > limitMs) {
          const reason = messageOf(error)
          logger.warn({ job: name, reason }, 'failed to acknowledge job, it will be delivered again')
          return
        }
      }
      await pause()
    }
  }

  async #sendAcknowledgement({ message, info }: Delivered, acknowledgement: string): Promise<void> {
    const { client, topology } = this.#options
    // a job of a stream that was lost: in the new stream, its sequence number may belong to another job
    if (info.storedAt < (await topology.ensureStream())) return
    try {
      await client.connection.request(message.reply ?? '', acknowledgement, { timeout: confirmMs })
    } catch (error) {
      if (isStreamMissing(error)) topology.invalidate()
      throw error
    }
  }
}

function traceOf({ headers }: Msg) {
  const traceparent = headers?.get('traceparent')
  return traceparent ? { traceparent } : {}
}

function pause(): Promise<void> {
  return sleep(jittered(retryMs))
}

/** Maps an outcome to a JetStream acknowledgement: done, or redeliver, after a delay if one is given. */
function acknowledgementOf(outcome: JobOutcome): string {
  if (outcome.kind === 'done') return '+ACK'
  return outcome.delayMs === 0 ? '-NAK' : `-NAK {"delay":${outcome.delayMs * 1_000_000}}`
}
