import { EventEmitter } from 'node:events'
import type { Logger } from '../telemetry/logger.ts'
import { parseJson } from './job.ts'

/** The subscribers of this process, by topic. */
export class Topics {
  readonly #logger: Logger
  readonly #subscribers = new EventEmitter().setMaxListeners(0)

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /** Passes a message, as JSON, to the subscribers of a topic. Their errors are logged. */
  emit(topic: string, text: string): void {
    // the prefix, because an EventEmitter treats the name `error` specially
    this.#subscribers.emit(`:${topic}`, text)
  }

  /** As in `Queue`. */
  subscribe(topic: string, receive: (message: unknown) => void): () => void {
    const listener = (text: string) => {
      try {
        receive(parseJson(text))
      } catch (error) {
        this.#logger.error({ err: error, topic }, 'subscriber threw')
      }
    }
    this.#subscribers.on(`:${topic}`, listener)
    return () => this.#subscribers.off(`:${topic}`, listener)
  }

  close(): void {
    this.#subscribers.removeAllListeners()
  }
}
