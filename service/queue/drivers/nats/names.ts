import { createHash } from 'node:crypto'

/**
 * What things are called on the server. Keys and topics go into subjects as hashes, for `.`, `*` and `>` mean something
 * there.
 */
export class NatsNames {
  readonly stream: string
  readonly allJobSubjects: string
  readonly #prefix: string

  constructor(prefix: string) {
    this.#prefix = prefix
    this.stream = `${prefix}-jobs`
    this.allJobSubjects = `${prefix}.job.*.*`
  }

  /** Of all jobs with a checked name. */
  jobSubjects(name: string): string {
    return `${this.#prefix}.job.${name}.*`
  }

  jobSubject(name: string, key: string): string {
    return `${this.#prefix}.job.${name}.${hash(key)}`
  }

  topicSubject(topic: string): string {
    return `${this.#prefix}.event.${hash(topic)}`
  }

  /** Where a consumer is asked for its next job. */
  nextJobSubject(consumer: string): string {
    return `$JS.API.CONSUMER.MSG.NEXT.${this.stream}.${consumer}`
  }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
