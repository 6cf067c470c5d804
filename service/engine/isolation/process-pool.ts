import { DarkroomError } from '../../errors/catalogue.ts'
import { AdmissionController } from '../admission/admission-controller.ts'
import { type ProcessTaskName, type ProcessTasks, unwrapReply } from './process-tasks.ts'
import { type ProcessLimits, RenderProcess } from './render-process.ts'

export interface ProcessPoolOptions extends ProcessLimits {
  /** Maximum number of processes. */
  readonly size: number
  /** Maximum number of pixels an original may have. */
  readonly maxPixels: number
}

/** A pool of render processes. They are started on demand and reused. */
export class ProcessPool {
  readonly #options: ProcessPoolOptions
  readonly #slots: AdmissionController
  readonly #processes = new Set<RenderProcess>()
  /** The most recently used process is taken first: its code is warm, and unused processes may be swapped out. */
  readonly #idle: RenderProcess[] = []
  #closed = false

  constructor(options: ProcessPoolOptions) {
    this.#options = options
    // the engine's admission already bounds the queue
    this.#slots = new AdmissionController({ slots: options.size, queueLimit: Number.POSITIVE_INFINITY })
  }

  /** Runs a task in a free process. @throws as `RenderProcess.run` does, and the errors of the task */
  async run<N extends ProcessTaskName>(
    name: N,
    input: ProcessTasks[N]['input'],
    signal?: AbortSignal,
  ): Promise<ProcessTasks[N]['output']> {
    const request = { tenant: '', costMs: 1, ...(signal ? { signal } : {}) }
    const reply = await this.#slots.run(request, async () => {
      const child = this.#acquire()
      try {
        return await child.run({ name, input } as Parameters<RenderProcess['run']>[0], signal)
      } finally {
        this.#release(child)
      }
    })
    return unwrapReply<N>(reply)
  }

  /** Kills all processes. Running tasks fail. */
  async close(): Promise<void> {
    this.#closed = true
    for (const child of this.#processes) child.kill(closingError())
    await Promise.all([...this.#processes].map(child => child.exited))
  }

  #acquire(): RenderProcess {
    if (this.#closed) throw closingError()
    for (let child = this.#idle.pop(); child; child = this.#idle.pop()) if (child.isReusable) return child
    const child = new RenderProcess(this.#options.maxPixels, this.#options)
    this.#processes.add(child)
    child.exited.then(() => this.#processes.delete(child))
    return child
  }

  #release(child: RenderProcess): void {
    if (child.isReusable) this.#idle.push(child)
    // it may hold much memory; it runs no task, so nobody gets the error
    else child.kill(closingError())
  }
}

const closingError = () => new DarkroomError('unavailable', 'the service is closing')
