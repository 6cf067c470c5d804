import { setTimeout } from 'node:timers/promises'
import type { DerivativeRepository, NewDerivative } from '../metadata/derivatives.ts'

/** How long the first row waits for others to join its batch, in milliseconds. */
const batchDelayMs = 250
const maxBatchRows = 200

interface PendingRow {
  readonly row: NewDerivative
  readonly resolve: (isInserted: boolean) => void
  readonly reject: (error: unknown) => void
}

/**
 * Inserts rows of derivatives in batches, so that a burst of cold requests costs the database one statement for many
 * rows.
 */
export class BatchInserter {
  readonly #derivatives: DerivativeRepository
  #pending: PendingRow[] = []
  #isRunning = false

  constructor(derivatives: DerivativeRepository) {
    this.#derivatives = derivatives
  }

  /** Inserts a row; false when its image no longer exists. @throws DarkroomError `unavailable` */
  insert(row: NewDerivative): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ row, resolve, reject })
      if (!this.#isRunning) void this.#run()
    })
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    while (this.#pending.length > 0) {
      await setTimeout(batchDelayMs)
      await this.#flush()
    }
    this.#isRunning = false
  }

  /** Inserts pending rows by one statement; of two rows with one name, the later waits for the next batch. */
  async #flush(): Promise<void> {
    const batch = new Map<string, PendingRow>()
    const rest: PendingRow[] = []
    for (const pending of this.#pending) {
      const name = `${pending.row.imageId}/${pending.row.fileName}`
      if (batch.size < maxBatchRows && !batch.has(name)) batch.set(name, pending)
      else rest.push(pending)
    }
    this.#pending = rest
    const members = [...batch.values()]
    try {
      const rejected = new Set(await this.#derivatives.record(members.map(({ row }) => row)))
      for (const { row, resolve } of members) resolve(!rejected.has(row))
    } catch (error) {
      for (const { reject } of members) reject(error)
    }
  }
}
