import { setTimeout } from 'node:timers/promises'

const maxBatchItems = 200

export interface BatchInserterOptions<Item, Result> {
  /** How long the first item waits for others to join its batch, in milliseconds. */
  readonly delayMs: number
  /** How long it waits if items came while the batch before was inserted, in milliseconds: then more will come soon. */
  readonly busyDelayMs: number
  /** Two items of one name are never in one batch. */
  readonly nameOf: (item: Item) => string
  /** Inserts a batch. Returns the results in the order of the items. */
  readonly insert: (items: readonly Item[]) => Promise<readonly Result[]>
}

interface PendingItem<Item, Result> {
  readonly item: Item
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

/** Inserts rows in batches, so that a burst of cold requests costs the database one statement for many rows. */
export class BatchInserter<Item, Result> {
  readonly #options: BatchInserterOptions<Item, Result>
  #pending: PendingItem<Item, Result>[] = []
  #isRunning = false

  constructor(options: BatchInserterOptions<Item, Result>) {
    this.#options = options
  }

  /** Inserts an item with the next batch. @throws what `insert` throws */
  insert(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ item, resolve, reject })
      if (!this.#isRunning) void this.#run()
    })
  }

  async #run(): Promise<void> {
    const { delayMs, busyDelayMs } = this.#options
    this.#isRunning = true
    for (let waitMs = delayMs; this.#pending.length > 0; waitMs = busyDelayMs) {
      // a full batch need not wait
      if (this.#pending.length < maxBatchItems) await setTimeout(waitMs)
      await this.#flush()
    }
    this.#isRunning = false
  }

  /** Inserts pending items at once; of two items with one name, the later waits for the next batch. */
  async #flush(): Promise<void> {
    const { nameOf, insert } = this.#options
    const batch = new Map<string, PendingItem<Item, Result>>()
    const rest: PendingItem<Item, Result>[] = []
    for (const pending of this.#pending) {
      const name = nameOf(pending.item)
      if (batch.size < maxBatchItems && !batch.has(name)) batch.set(name, pending)
      else rest.push(pending)
    }
    this.#pending = rest
    const members = [...batch.values()]
    try {
      const results = await insert(members.map(({ item }) => item))
      for (const [index, { resolve }] of members.entries()) resolve(results[index] as Result)
    } catch (error) {
      for (const { reject } of members) reject(error)
    }
  }
}
