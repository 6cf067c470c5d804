import { DarkroomError } from '../../errors/catalogue.ts'
import { AdmissionController } from '../admission/admission-controller.ts'
import { type ProcessTaskName, type ProcessTasks, unwrapReply } from './process-tasks.ts'
import { type ProcessLimits, RenderProcess } from './render-process.ts'

export interface ProcessPoolOptions extends ProcessLimits {
  /** Processes at most. */
  readonly size: number
  /** Pixels that an original may have. */
  readonly maxPixels: number
}

/** Processes that are started when there is work for them, and kept for the next. */
export class ProcessPool {
  readonly #options: ProcessPoolOptions
  readonly #turns: AdmissionController
  readonly #all = new Set<RenderProcess>()
  /** The one that worked last comes first: its code is warm, and those that are not needed may be swapped out. */
  readonly #idle: RenderProcess[] = []
  #closed = false

  constructor(options: ProcessPoolOptions) {
    this.#options = options
    // who may wait has been decided by the engine's admission
    this.#turns = new AdmissionController({ slots: options.size, queueLimit: Number.POSITIVE_INFINITY })
  }

  /** Has a task done by a child that is free. @throws as `Child.run` does, and what the task throws */
  async run<N extends ProcessTaskName>(
    name: N,
    input: ProcessTasks[N]['input'],
    signal?: AbortSignal,
  ): Promise<ProcessTasks[N]['output']> {
    const ticket = { tenant: '', costMs: 1, ...(signal ? { signal } : {}) }
    const reply = await this.#turns.run(ticket, async () => {
      const child = this.#take()
      try {
        return await child.run({ name, input } as Parameters<RenderProcess['run']>[0], signal)
      } finally {
        this.#putBack(child)
      }
    })
    return unwrapReply<N>(reply)
  }

  /** Ends all of them, and what they have in hand. */
  async close(): Promise<void> {
    this.#closed = true
    for (const child of this.#all) child.kill(closing())
    await Promise.all([...this.#all].map(child => child.exited))
  }

  #take(): RenderProcess {
    if (this.#closed) throw closing()
    for (let child = this.#idle.pop(); child; child = this.#idle.pop()) if (child.isReusable) return child
    const child = new RenderProcess(this.#options.maxPixels, this.#options)
    this.#all.add(child)
    child.exited.then(() => this.#all.delete(child))
    return child
  }

  #putBack(child: RenderProcess): void {
    if (child.isReusable) this.#idle.push(child)
    else child.kill(closing())
  }
}

const closing = () => new DarkroomError('unavailable', 'the service is closing')
