import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Msg } from 'nats'
import { messageOf } from '../../../errors/catalogue.ts'
import type { Logger } from '../../../telemetry/logger.ts'
import { Hand } from '../../hand.ts'
import { decodeJob } from '../../job.ts'
import type { ConsumeOptions, Consumer, Outcome } from '../../queue.ts'
import { isMissing } from './errors.ts'
import type { Link } from './link.ts'
import type { Names } from './names.ts'
import { pull } from './pull.ts'
import { type Receipt, readReceipt } from './receipt.ts'
import type { Topology } from './topology.ts'

/** Between attempts to reach a queue that is away, in ms; half of it is chance, or workers would march in step. */
const pauseMs = 500
/** How long the server may take to confirm what it was told of a job. */
const confirmMs = 1_000

interface NatsConsumeOptions extends ConsumeOptions {
  readonly name: string
  readonly link: Link
  readonly topology: Topology
  readonly names: Names
  readonly ackWaitMs: number
  readonly logger: Logger
}

/** A job that the server has handed out, and where to tell what became of it. */
interface Taken {
  readonly message: Msg
  readonly receipt: Receipt
}

/** Pulls one job at a time in each of its slots, so that none lies here and waits. */
export class NatsConsumer implements Consumer {
  readonly #options: NatsConsumeOptions
  readonly #hand: Hand
  readonly #stop = new AbortController()
  readonly #slots: Promise<void>[]
  #isFailing = false

  constructor(options: NatsConsumeOptions) {
    this.#options = options
    this.#hand = new Hand(options.handle, options.logger)
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
    const { name, link, topology, names } = this.#options
    await topology.consumer(name)
    const pulled = await pull(link, names.next(name), this.#stop.signal)
    if (pulled === 'lost') topology.doubt()
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
    const receipt = readReceipt(message.reply ?? '')
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
    const settle = (outcome: Outcome) => this.#say(taken, wordsOf(outcome))
    await this.#hand.take({ delivery: { job, attempt: receipt.attempt }, settle })
    clearInterval(working)
  }

  /** The job is still worked at. */
  #keep({ message, receipt }: Taken): void {
    const { link, topology } = this.#options
    const { created } = topology
    if (link.isUp && created !== undefined && receipt.storedAt >= created) message.respond('+WPI')
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
    const { link, topology } = this.#options
    // of a stream that was lost: its number may be another job's in the new one
    if (receipt.storedAt < (await topology.verify())) return
    try {
      await link.connection.request(message.reply ?? '', words, { timeout: confirmMs })
    } catch (error) {
      if (isMissing(error)) topology.doubt()
      throw error
    }
  }

  async #pause(): Promise<void> {
    await sleep(pauseMs * (1 - Math.random() / 2))
  }
}

/** The acknowledgements of JetStream: done, or to be handed out again. */
function wordsOf(outcome: Outcome): string {
  if (outcome.kind === 'done') return '+ACK'
  return outcome.afterMs === 0 ? '-NAK' : `-NAK {"delay":${outcome.afterMs * 1_000_000}}`
}
