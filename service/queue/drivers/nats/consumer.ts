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

/** The pause between attempts while the queue is unreachable, in milliseconds, before jitter. */
const retryMs = 500
/** How long the server may take to confirm what it was told of a job. */
const confirmMs = 1_000

interface NatsConsumeOptions extends ConsumeOptions {
  readonly name: string
  readonly client: NatsClient
  readonly topology: StreamTopology
  readonly names: NatsNames
  readonly ackWaitMs: number
  readonly logger: Logger
}

/** A job that the server has handed out, and where to tell what became of it. */
interface Taken {
  readonly message: Msg
  readonly receipt: AckInfo
}

/** Pulls one job at a time in each of its slots, so that none lies here and waits. */
export class NatsConsumer implements JobConsumer {
  readonly #options: NatsConsumeOptions
  readonly #hand: InFlightJobs
  readonly #stop = new AbortController()
  readonly #slots: Promise<void>[]
  #isFailing = false

  constructor(options: NatsConsumeOptions) {
    this.#options = options
    this.#hand = new InFlightJobs(options.handle, options.logger)
    setMaxListeners(0, this.#stop.signal)
    this.#slots = Array.from({ length: options.concurrency }, () => this.#work())
  }

  async drain(withinMs: number): Promise<void> {
    this.#stop.abort()
    await this.#hand.drain(withinMs)
    await Promise.all(this.#slots)
  }

  async #work(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        if (await this.#step()) {
          this.#isFailing = false
          continue
        }
      } catch (error) {
        this.#complain(error)
      }
      await this.#pause()
    }
  }

  /** Takes a job and handles it, or waits in vain. @returns false when the consumer on the server may be gone */
  async #step(): Promise<boolean> {
    const { name, client, topology, names } = this.#options
    await topology.ensureConsumer(name)
    const pulled = await pullJob(client, names.nextJobSubject(name), this.#stop.signal)
    if (pulled === 'lost') topology.invalidate()
    else if (pulled !== 'nothing') await this.#take(pulled)
    return pulled !== 'lost'
  }

  /** Once until it works again: all slots fail of the same cause, twice a second. */
  #complain(error: unknown): void {
    const { logger, name } = this.#options
    if (!this.#isFailing) logger.warn({ err: error, job: name }, 'no jobs can be taken now')
    this.#isFailing = true
  }

  async #take(message: Msg): Promise<void> {
    const { name, logger, ackWaitMs } = this.#options
    const receipt = parseAckSubject(message.reply ?? '')
    if (receipt === undefined) return logger.error({ job: name }, 'a job came without its receipt')
    const taken = { message, receipt }
    // it came while the consumer was told to stop
    if (this.#stop.signal.aborted) return this.#say(taken, '-NAK')
    const job = decodeJob(name, Buffer.from(message.data).toString())
    if (job === undefined) {
      logger.error({ job: name }, 'what lay in the queue is no job, and is dropped')
      return this.#say(taken, '+TERM')
    }
    const working = setInterval(() => this.#keep(taken), ackWaitMs / 3)
    const settle = (outcome: JobOutcome) => this.#say(taken, wordsOf(outcome))
    await this.#hand.run({ delivery: { job, attempt: receipt.attempt }, settle })
    clearInterval(working)
  }

  /** The job is still worked at. */
  #keep({ message, receipt }: Taken): void {
    const { client, topology } = this.#options
    const { createdAt } = topology
    if (client.isConnected && createdAt !== undefined && receipt.storedAt >= createdAt)
      message.respond('+WPI')
  }

  /** Tells the server until it confirms, or until it will have given the job to another anyway. */
  async #say(taken: Taken, words: string): Promise<void> {
    const { ackWaitMs, logger, name } = this.#options
    const begun = performance.now()
    while (true) {
      try {
        return await this.#tell(taken, words)
      } catch (error) {
        const patienceMs = this.#stop.signal.aborted ? confirmMs : ackWaitMs
        if (performance.now() - begun > patienceMs) {
          logger.warn(
            { job: name, reason: messageOf(error) },
            'the queue was not told of a job: it comes again',
          )
          return
        }
      }
      await this.#pause()
    }
  }

  async #tell({ message, receipt }: Taken, words: string): Promise<void> {
    const { client, topology } = this.#options
    // of a stream that was lost: its number may be another job's in the new one
    if (receipt.storedAt < (await topology.ensureStream())) return
    try {
      await client.connection.request(message.reply ?? '', words, { timeout: confirmMs })
    } catch (error) {
      if (isStreamMissing(error)) topology.invalidate()
      throw error
    }
  }

  async #pause(): Promise<void> {
    await sleep(jittered(retryMs))
  }
}

/** The acknowledgements of JetStream: done, or to be handed out again. */
function wordsOf(outcome: JobOutcome): string {
  if (outcome.kind === 'done') return '+ACK'
  return outcome.delayMs === 0 ? '-NAK' : `-NAK {"delay":${outcome.delayMs * 1_000_000}}`
}
