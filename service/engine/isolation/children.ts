import { DarkroomError } from '../../errors/catalogue.ts'
import { Admission } from '../admission.ts'
import { Child, type ChildLimits } from './child.ts'
import { resultOf, type TaskName, type Tasks } from './tasks.ts'

export interface ChildrenOptions extends ChildLimits {
  /** Processes at most. */
  readonly size: number
  /** Pixels that an original may have. */
  readonly maxPixels: number
}

/** Processes that are started when there is work for them, and kept for the next. */
export class Children {
  readonly #options: ChildrenOptions
  readonly #turns: Admission
  readonly #all = new Set<Child>()
  /** The one that worked last comes first: its code is warm, and those that are not needed may be swapped out. */
  readonly #idle: Child[] = []
  #closed = false

  constructor(options: ChildrenOptions) {
    this.#options = options
    // who may wait has been decided by the engine's admission
    this.#turns = new Admission({ slots: options.size, queueLimit: Number.POSITIVE_INFINITY })
  }

  /** Has a task done by a child that is free. @throws as `Child.run` does, and what the task throws */
  async run<N extends TaskName>(
    task: N,
    takes: Tasks[N]['takes'],
    signal?: AbortSignal,
  ): Promise<Tasks[N]['gives']> {
    const ticket = { tenant: '', costMs: 1, ...(signal ? { signal } : {}) }
    const report = await this.#turns.run(ticket, async () => {
      const child = this.#take()
      try {
        return await child.run({ task, takes } as Parameters<Child['run']>[0], signal)
      } finally {
        this.#putBack(child)
      }
    })
    return resultOf<N>(report)
  }

  /** Ends all of them, and what they have in hand. */
  async close(): Promise<void> {
    this.#closed = true
    for (const child of this.#all) child.kill(closing())
    await Promise.all([...this.#all].map(child => child.ended))
  }

  #take(): Child {
    if (this.#closed) throw closing()
    for (let child = this.#idle.pop(); child; child = this.#idle.pop()) if (child.isFit) return child
    const child = new Child(this.#options.maxPixels, this.#options)
    this.#all.add(child)
    child.ended.then(() => this.#all.delete(child))
    return child
  }

  #putBack(child: Child): void {
    if (child.isFit) this.#idle.push(child)
    else child.kill(closing())
  }
}

const closing = () => new DarkroomError('unavailable', 'the service is closing')
