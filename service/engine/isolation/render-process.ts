import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { DarkroomError, messageOf } from '../../errors/catalogue.ts'
import { watchMemory } from './process-memory.ts'
import type { ProcessReply, ProcessTask } from './process-tasks.ts'

/** What bounds a task in a child. */
export interface ProcessLimits {
  /** How long it may take, in milliseconds, the start of the process included. */
  readonly maxMs: number
  /** How long it may still run when nobody wants its result any more, in milliseconds. */
  readonly graceMs: number
  /** Memory of the process. */
  readonly maxBytes: number
}

/** A process of our own for one task at a time. What happens to it happens to that task alone. */
export class RenderProcess {
  /** Resolves when it is gone. */
  readonly exited: Promise<void>
  readonly #process: ChildProcess
  readonly #limits: ProcessLimits
  /** Why it was killed, if by us. */
  #verdict: unknown
  /** Has the task in hand fail. */
  #fail: ((reason: unknown) => void) | undefined
  #alive = true
  #bytes = 0

  /** @param maxPixels that an original may have */
  constructor(maxPixels: number, limits: ProcessLimits) {
    this.#limits = limits
    this.#process = start(maxPixels)
    this.exited = endOf(this.#process).then(how => this.#end(how))
  }

  /** Whether it may have another task: one that has kept much of its memory starts again instead. */
  get isReusable(): boolean {
    return this.#alive && this.#verdict === undefined && this.#bytes <= this.#limits.maxBytes / 2
  }

  /**
   * Has a task done. A process that takes too much time or memory is killed, as its decoders hear nothing else; so is
   * one whose task nobody wants any more.
   * @throws DarkroomError `internal` when the process ends, `deadline`; the signal's reason when it aborts
   */
  async run(task: ProcessTask, signal: AbortSignal | undefined): Promise<ProcessReply> {
    const timers = [setTimeout(() => this.kill(tooLate()), this.#limits.maxMs)]
    const giveUp = () => timers.push(setTimeout(() => this.kill(signal?.reason), this.#limits.graceMs))
    signal?.addEventListener('abort', giveUp, { once: true })
    const blind = watchMemory(this.#process.pid ?? 0, bytes => this.#weigh(bytes))
    try {
      const reply = await this.#answerTo(task)
      signal?.throwIfAborted()
      return reply
    } finally {
      for (const timer of timers) clearTimeout(timer)
      signal?.removeEventListener('abort', giveUp)
      blind()
    }
  }

  /** Ends it at once; a task that it has in hand fails with this reason. */
  kill(reason: unknown): void {
    this.#verdict ??= reason
    this.#process.kill('SIGKILL')
  }

  #answerTo(task: ProcessTask): Promise<ProcessReply> {
    return new Promise<ProcessReply>((resolve, reject) => {
      this.#fail = reject
      this.#process.once('message', resolve)
      // one that is gone already cannot be sent anything, and its end is heard of
      this.#process.send(task, () => {})
    }).finally(() => {
      this.#fail = undefined
      this.#process.removeAllListeners('message')
    })
  }

  #end(how: string): void {
    this.#alive = false
    const crash = new DarkroomError('internal', `the process that had the image in hand ended (${how})`)
    this.#fail?.(this.#verdict ?? crash)
  }

  #weigh(bytes: number): void {
    const { maxBytes } = this.#limits
    this.#bytes = bytes
    if (bytes <= maxBytes) return
    const megabytes = Math.round(maxBytes / 2 ** 20)
    this.kill(new DarkroomError('internal', `the image took more than ${megabytes} MB of memory`))
  }
}

const tooLate = () => new DarkroomError('deadline', 'the image took too long')

const body = fileURLToPath(new URL('./child-main.js', import.meta.url))

/** What programs and libraries go by, and none of what Darkroom is told: its secrets are not for decoders. */
const inherited = /^(PATH|HOME|LANG|TZ|TMPDIR|(LC|LD|DYLD|MALLOC|FONTCONFIG|XDG|VIPS|G)_\w+)$/

function start(maxPixels: number): ChildProcess {
  const kept = Object.entries(process.env).filter(([name]) => inherited.test(name))
  return fork(body, [String(maxPixels)], {
    // one picture at a time: libuv's own number of threads is enough, and more arenas only keep more memory
    env: { MALLOC_ARENA_MAX: '2', ...Object.fromEntries(kept), UV_THREADPOOL_SIZE: '4' },
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
}

/** How a process ended, or why it never began. */
function endOf(child: ChildProcess): Promise<string> {
  return new Promise(resolve => {
    child.once('exit', (code, signal) => resolve(signal ?? `code ${code}`))
    child.on('error', error => child.pid === undefined && resolve(messageOf(error)))
  })
}
