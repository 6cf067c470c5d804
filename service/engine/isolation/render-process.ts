import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { DarkroomError, messageOf } from '../../errors/catalogue.ts'
import { watchMemory } from './process-memory.ts'
import type { ProcessReply, ProcessTask } from './process-tasks.ts'

/** Limits of a task in a child process. */
export interface ProcessLimits {
  /** Maximum milliseconds, including the start of the process. */
  readonly maxMs: number
  /** Milliseconds that a task may still run after its signal aborted. */
  readonly graceMs: number
  /** Maximum bytes of memory of the process. */
  readonly maxBytes: number
}

/** A child process that runs one task at a time. A crash only affects that task. */
export class RenderProcess {
  /** Resolves when the process has exited. */
  readonly exited: Promise<void>
  readonly #process: ChildProcess
  readonly #limits: ProcessLimits
  /** Why this class killed the process, if it did. */
  #killReason: unknown
  /** Rejects the running task. */
  #rejectTask: ((reason: unknown) => void) | undefined
  #alive = true
  #bytes = 0

  /** @param maxPixels the limit for an original */
  constructor(maxPixels: number, limits: ProcessLimits) {
    this.#limits = limits
    this.#process = start(maxPixels)
    this.exited = exitOf(this.#process).then(cause => this.#end(cause))
  }

  /** Whether the process may run another task. One that retains much memory is replaced. */
  get isReusable(): boolean {
    return this.#alive && this.#killReason === undefined && this.#bytes <= this.#limits.maxBytes / 2
  }

  /**
   * Runs a task. The process is killed when it exceeds its time or memory, or when the task was aborted, as nothing
   * else interrupts its decoders.
   * @throws DarkroomError `internal` when the process exits, `deadline` on timeout; the signal's reason when aborted
   */
  async run(task: ProcessTask, signal: AbortSignal | undefined): Promise<ProcessReply> {
    const timers = [setTimeout(() => this.kill(timeout()), this.#limits.maxMs)]
    const startGracePeriod = () =>
      timers.push(setTimeout(() => this.kill(signal?.reason), this.#limits.graceMs))
    signal?.addEventListener('abort', startGracePeriod, { once: true })
    const stopWatching = watchMemory(this.#process.pid ?? 0, bytes => this.#checkMemory(bytes))
    try {
      const reply = await this.#send(task)
      signal?.throwIfAborted()
      return reply
    } finally {
      for (const timer of timers) clearTimeout(timer)
      signal?.removeEventListener('abort', startGracePeriod)
      stopWatching()
    }
  }

  /** Kills the process. Its running task fails with this reason. */
  kill(reason: unknown): void {
    this.#killReason ??= reason
    this.#process.kill('SIGKILL')
  }

  #send(task: ProcessTask): Promise<ProcessReply> {
    return new Promise<ProcessReply>((resolve, reject) => {
      this.#rejectTask = reject
      this.#process.once('message', resolve)
      // sending to an exited process fails, and the exit is handled elsewhere
      this.#process.send(task, () => {})
    }).finally(() => {
      this.#rejectTask = undefined
      this.#process.removeAllListeners('message')
    })
  }

  #end(cause: string): void {
    this.#alive = false
    const crash = new DarkroomError('internal', `the render process exited (${cause})`)
    this.#rejectTask?.(this.#killReason ?? crash)
  }

  #checkMemory(bytes: number): void {
    const { maxBytes } = this.#limits
    this.#bytes = bytes
    if (bytes <= maxBytes) return
    const megabytes = Math.round(maxBytes / 2 ** 20)
    this.kill(new DarkroomError('internal', `the image needs more than ${megabytes} MB of memory`))
  }
}

const timeout = () => new DarkroomError('deadline', 'rendering took too long')

const childMain = fileURLToPath(new URL('./child-main.js', import.meta.url))

/** Environment that programs and libraries need. Darkroom's own variables hold secrets, so decoders do not get them. */
const inheritedNames = /^(PATH|HOME|LANG|TZ|TMPDIR|(LC|LD|DYLD|MALLOC|FONTCONFIG|XDG|VIPS|G)_\w+)$/

function start(maxPixels: number): ChildProcess {
  const inheritedEnv = Object.entries(process.env).filter(([name]) => inheritedNames.test(name))
  return fork(childMain, [String(maxPixels)], {
    // one image at a time: libuv's default number of threads is enough, and more malloc arenas only retain more memory
    env: { MALLOC_ARENA_MAX: '2', ...Object.fromEntries(inheritedEnv), UV_THREADPOOL_SIZE: '4' },
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
}

/** How a process exited, or why it could not be started. */
function exitOf(child: ChildProcess): Promise<string> {
  return new Promise(resolve => {
    child.once('exit', (code, signal) => resolve(signal ?? `code ${code}`))
    child.on('error', error => child.pid === undefined && resolve(messageOf(error)))
  })
}
