import { createHash } from 'node:crypto'

/**
 * The names of streams and subjects on the server. Keys and topics are hashed, because `.`, `*` and `>` have a meaning
 * in subjects.
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

  /** The subjects of all jobs of a name, which `checkJobName` has accepted. */
  jobSubjects(name: string): string {
    return `${this.#prefix}.job.${name}.*`
  }

  jobSubject(name: string, key: string): string {
    return `${this.#prefix}.job.${name}.${hash(key)}`
  }

  topicSubject(topic: string): string {
    return `${this.#prefix}.event.${hash(topic)}`
  }

  /** The subject of requests for a consumer's next job. */
  nextJobSubject(consumer: string): string {
    return `$JS.API.CONSUMER.MSG.NEXT.${this.stream}.${consumer}`
  }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
