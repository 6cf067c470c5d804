import { type ChildProcess, fork } from 'node:child_process'
import { setPriority } from 'node:os'
import { fileURLToPath } from 'node:url'
import { DarkroomError, messageOf } from '../../errors/catalogue.ts'
import type { ProcessLimits } from './process-limits.ts'
import { type ProcessReply, type ProcessTask, ready } from './process-tasks.ts'
import { TaskMeter } from './task-meter.ts'

/** The programs of child processes. An inspection loads less code, so it starts sooner. */
const programs = { render: './render-main.js', inspection: './inspection-main.js' } as const
export type IsolatedProgram = keyof typeof programs

/** The priority of a task that runs in the background, as of nice(1). */
const backgroundNiceness = 5
/** Maximum milliseconds from the start of a process until it can take a task. */
const maxStartMs = 30_000

/** A child process that runs one task at a time. A crash only affects that task. */
export class IsolatedProcess {
  /** Resolves when the process has exited. */
  readonly exited: Promise<void>
  readonly #process: ChildProcess
  readonly #limits: ProcessLimits
  readonly #ready: Promise<void>
  /** Why this class killed the process, if it did. */
  #killReason: unknown
  /** Rejects the running task. */
  #rejectTask: ((reason: unknown) => void) | undefined
  #alive = true
  #started = false
  #isBackground = false
  #bytes = 0

  /** @param maxPixels the limit for an original */
  constructor(program: IsolatedProgram, maxPixels: number, limits: ProcessLimits) {
    this.#limits = limits
    this.#process = start(program, maxPixels)
    this.exited = exitOf(this.#process).then(cause => this.#end(cause))
    this.#ready = this.#untilReady()
  }

  /** Whether the process may run another task. One that retains much memory, or has a low priority, is replaced. */
  get isReusable(): boolean {
    const isSmall = this.#bytes <= this.#limits.maxBytes / 2
    return this.#alive && this.#killReason === undefined && isSmall && !this.#isBackground
  }

  /** Whether the process has ever been ready to take a task. */
  get hasStarted(): boolean {
    return this.#started
  }

  /**
   * Runs a task, by default within the limits of the process. The process is killed when the task exceeds a limit, or
   * when it still runs some time after it was aborted, because nothing else can interrupt a decoder.
   * @throws DarkroomError the error of the exceeded limit, or that of `limits.crashed` when the process exits; the
   *   signal's reason when aborted
   */
  async run(
    task: ProcessTask,
    signal: AbortSignal | undefined,
    limits = this.#limits,
  ): Promise<ProcessReply> {
    signal?.throwIfAborted()
    let grace: NodeJS.Timeout | undefined
    const startGracePeriod = () => {
      grace = setTimeout(() => this.kill(signal?.reason), this.#limits.graceMs)
    }
    signal?.addEventListener('abort', startGracePeriod, { once: true })
    try {
      const reply = await this.#send(task, limits)
      signal?.throwIfAborted()
      return reply
    } finally {
      clearTimeout(grace)
      signal?.removeEventListener('abort', startGracePeriod)
    }
  }

  /** Kills the process. Its running task fails with this reason. */
  kill(reason: unknown): void {
    this.#killReason ??= reason
    this.#process.kill('SIGKILL')
  }

  async #untilReady(): Promise<void> {
    const failure = new DarkroomError('unavailable', 'a child process could not be started in time')
    const timer = setTimeout(() => this.kill(failure), maxStartMs)
    this.exited.then(() => clearTimeout(timer))
    // if the message never comes, the exit of the process rejects the task
    await new Promise<void>(resolve =>
      this.#process.once('message', message => message === ready && resolve()),
    )
    clearTimeout(timer)
    this.#started = true
  }

  #send(task: ProcessTask, limits: ProcessLimits): Promise<ProcessReply> {
    let meter: TaskMeter | undefined
    return new Promise<ProcessReply>((resolve, reject) => {
      this.#rejectTask = reject
      if (!this.#alive) return this.#fail('exited')
      this.#ready.then(() => {
        meter = new TaskMeter(this.#process.pid ?? 0, limits, {
          onExceeded: error => this.kill(error),
          onBackground: () => this.#runInBackground(),
        })
        this.#process.once('message', resolve)
        // sending to an exited process fails, and the exit is handled elsewhere
        this.#process.send(task, () => {})
      })
    }).finally(() => {
      meter?.stop()
      this.#bytes = meter?.bytes ?? this.#bytes
      this.#rejectTask = undefined
      this.#process.removeAllListeners('message')
    })
  }

  /** Lowers the priority, where the system allows it. It cannot be raised again. */
  #runInBackground(): void {
    if (this.#isBackground) return
    this.#isBackground = true
    try {
      setPriority(this.#process.pid ?? 0, backgroundNiceness)
    } catch {
      // the limits hold at any priority
    }
  }

  #end(cause: string): void {
    this.#alive = false
    this.#fail(cause)
  }

  #fail(cause: string): void {
    this.#rejectTask?.(this.#killReason ?? this.#limits.crashed(cause))
  }
}

/** Environment that programs and libraries need. Darkroom's own variables hold secrets, so decoders do not get them. */
const inheritedNames = /^(PATH|HOME|LANG|TZ|TMPDIR|(LC|LD|DYLD|MALLOC|FONTCONFIG|XDG|VIPS|G)_\w+)$/

function start(program: IsolatedProgram, maxPixels: number): ChildProcess {
  const file = fileURLToPath(new URL(programs[program], import.meta.url))
  const inheritedEnv = Object.entries(process.env).filter(([name]) => inheritedNames.test(name))
  return fork(file, [String(maxPixels)], {
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
