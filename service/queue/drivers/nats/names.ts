import { createHash } from 'node:crypto'

/**
 * What things are called on the server. Keys and topics go into subjects as hashes, for `.`, `*` and `>` mean something
 * there.
 */
export class Names {
  readonly stream: string
  readonly jobs: string
  readonly #prefix: string

  constructor(prefix: string) {
    this.#prefix = prefix
    this.stream = `${prefix}-jobs`
    this.jobs = `${prefix}.job.*.*`
  }

  /** Of all jobs with a checked name. */
  jobsNamed(name: string): string {
    return `${this.#prefix}.job.${name}.*`
  }

  job(name: string, key: string): string {
    return `${this.#prefix}.job.${name}.${hash(key)}`
  }

  event(topic: string): string {
    return `${this.#prefix}.event.${hash(topic)}`
  }

  /** Where a consumer is asked for its next job. */
  next(consumer: string): string {
    return `$JS.API.CONSUMER.MSG.NEXT.${this.stream}.${consumer}`
  }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
