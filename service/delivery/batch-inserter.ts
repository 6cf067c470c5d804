import { setTimeout } from 'node:timers/promises'
import type { DerivativeRepository, NewDerivative } from '../metadata/derivatives.ts'

/** How long the first row waits for company, in milliseconds, and how many go together. */
const gatherMs = 250
const most = 200

interface Waiting {
  readonly row: NewDerivative
  /** Whether the image is still there. */
  readonly recorded: (wanted: boolean) => void
  readonly failed: (error: unknown) => void
}

/** Records derivatives in batches: a storm of cold images costs the database one statement for many of them. */
export class BatchInserter {
  readonly #derivatives: DerivativeRepository
  #waiting: Waiting[] = []
  #busy = false

  constructor(derivatives: DerivativeRepository) {
    this.#derivatives = derivatives
  }

  /** Records a row; false when its image is not there any more. @throws DarkroomError `unavailable` */
  insert(row: NewDerivative): Promise<boolean> {
    return new Promise((recorded, failed) => {
      this.#waiting.push({ row, recorded, failed })
      if (!this.#busy) void this.#run()
    })
  }

  async #run(): Promise<void> {
    this.#busy = true
    while (this.#waiting.length > 0) {
      await setTimeout(gatherMs)
      await this.#flush()
    }
    this.#busy = false
  }

  /** One statement for what waits; of two rows of one name, the later goes with the next. */
  async #flush(): Promise<void> {
    const batch = new Map<string, Waiting>()
    const rest: Waiting[] = []
    for (const one of this.#waiting) {
      const name = `${one.row.imageId}/${one.row.fileName}`
      if (batch.size < most && !batch.has(name)) batch.set(name, one)
      else rest.push(one)
    }
    this.#waiting = rest
    const members = [...batch.values()]
    try {
      const refused = new Set(await this.#derivatives.record(members.map(({ row }) => row)))
      for (const { row, recorded } of members) recorded(!refused.has(row))
    } catch (error) {
      for (const { failed } of members) failed(error)
    }
  }
}
