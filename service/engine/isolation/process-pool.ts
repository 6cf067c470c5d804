import { DarkroomError } from '../../errors/catalogue.ts'
import { AdmissionController } from '../admission/admission-controller.ts'
import { IsolatedProcess, type IsolatedProgram } from './isolated-process.ts'
import type { ProcessLimits } from './process-limits.ts'
import { type ProcessTaskName, type ProcessTasks, unwrapReply } from './process-tasks.ts'

export interface ProcessPoolOptions {
  readonly program: IsolatedProgram
  readonly limits: ProcessLimits
  /** Maximum number of processes. */
  readonly size: number
  /** Maximum number of pixels an original may have. */
  readonly maxPixels: number
  /**
   * How long a task waits for one of the running processes before another is started, in milliseconds. Starting one takes
   * longer than most tasks.
   */
  readonly patienceMs?: number
  /** How long a process may be idle while others are, in milliseconds; for ever by default. */
  readonly idleMs?: number
  /** Whether the last process is replaced when it was killed, so that the next task need not wait for its start. */
  readonly keepsOne?: boolean
}

/** A pool of child processes. They are started on demand and reused. */
export class ProcessPool {
  readonly #options: ProcessPoolOptions
  readonly #slots: AdmissionController
  readonly #processes = new Set<IsolatedProcess>()
  /** The most recently used process is taken first: its code is warm, and unused processes may be swapped out. */
  readonly #idle: IsolatedProcess[] = []
  /** Tasks that wait for one of the running processes, the longest first. */
  readonly #waiting: ((child: IsolatedProcess) => void)[] = []
  #closed = false

  constructor(options: ProcessPoolOptions) {
    this.#options = options
    // the engine's admission already bounds the queue
    this.#slots = new AdmissionController({ slots: options.size, queueLimit: Number.POSITIVE_INFINITY })
  }

  /**
   * Runs a task in a free process, by default within the limits of the pool.
   * @throws as `IsolatedProcess.run` does, and the errors of the task
   */
  async run<N extends ProcessTaskName>(
    name: N,
    input: ProcessTasks[N]['input'],
    signal?: AbortSignal,
    limits?: ProcessLimits,
  ): Promise<ProcessTasks[N]['output']> {
    const request = { tenant: '', costMs: 1, ...(signal ? { signal } : {}) }
    const reply = await this.#slots.run(request, async () => {
      const child = await this.#acquire()
      try {
        return await child.run({ name, input } as Parameters<IsolatedProcess['run']>[0], signal, limits)
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

  async #acquire(): Promise<IsolatedProcess> {
    if (this.#closed) throw closingError()
    for (let child = this.#idle.pop(); child; child = this.#idle.pop()) if (child.isReusable) return child
    const { patienceMs = 0 } = this.#options
    const free = patienceMs > 0 && this.#processes.size > 0 ? await this.#nextFree(patienceMs) : undefined
    if (this.#closed) throw closingError()
    return free?.isReusable ? free : this.#start()
  }

  /** The next process that becomes free, or undefined if none does in time. */
  #nextFree(patienceMs: number): Promise<IsolatedProcess | undefined> {
    return new Promise(resolve => {
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(take), 1)
        resolve(undefined)
      }, patienceMs)
      const take = (child: IsolatedProcess) => {
        clearTimeout(timer)
        resolve(child)
      }
      this.#waiting.push(take)
    })
  }

  #start(): IsolatedProcess {
    const { program, maxPixels, limits } = this.#options
    const child = new IsolatedProcess(program, maxPixels, limits)
    this.#processes.add(child)
    child.exited.then(() => this.#replace(child))
    return child
  }

  #replace(child: IsolatedProcess): void {
    this.#processes.delete(child)
    const isLast = this.#processes.size === 0 && !this.#closed
    // one that could not even start would be replaced for ever
    if (this.#options.keepsOne && isLast && child.hasStarted) this.#release(this.#start())
  }

  #release(child: IsolatedProcess): void {
    if (!child.isReusable) {
      child.kill(closingError())
      return
    }
    const giveTo = this.#waiting.shift()
    if (giveTo) giveTo(child)
    else this.#keepIdle(child)
  }

  /** Keeps a process for later tasks. Of several, the one that was idle for longest ends after a while. */
  #keepIdle(child: IsolatedProcess): void {
    this.#idle.push(child)
    const { idleMs } = this.#options
    if (idleMs === undefined || this.#idle.length < 2) return
    setTimeout(() => {
      if (this.#idle.length > 1) this.#idle.shift()?.kill(closingError())
    }, idleMs).unref()
  }
}

const closingError = () => new DarkroomError('unavailable', 'the service is closing')
