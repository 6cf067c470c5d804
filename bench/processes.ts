import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { setTimeout } from 'node:timers/promises'

/** Timeout for a process to exit after SIGTERM, in milliseconds. */
const stopMs = 25_000

/** The only variables that a process inherits, so that Darkroom settings of the caller cannot affect it. */
const inherited = ['PATH', 'HOME', 'USER', 'LANG', 'TZ', 'TMPDIR', 'LD_PRELOAD', 'LD_LIBRARY_PATH']

const ownEnvironment = () =>
  Object.fromEntries(inherited.flatMap(name => (process.env[name] ? [[name, process.env[name]]] : [])))

/** The environment of both sides of a comparison: thread and allocator settings matter as much as the code. */
export const equalTerms = {
  UV_THREADPOOL_SIZE: process.env.UV_THREADPOOL_SIZE ?? String(availableParallelism() * 2 + 4),
  MALLOC_ARENA_MAX: process.env.MALLOC_ARENA_MAX ?? '2',
}

/** The child processes of a run. `close` stops all of them at its end. */
export class Processes {
  readonly #running = new Set<ChildProcess>()
  #closed = false

  /** Starts a Node program. With `messages` it has an IPC channel, as `ask` needs; otherwise its stdout is piped. */
  start(words: readonly string[], environment: Record<string, string>, messages: boolean): ChildProcess {
    return this.#spawn(process.execPath, words, {
      env: { ...ownEnvironment(), ...equalTerms, ...environment },
      stdio: ['ignore', messages ? 'ignore' : 'pipe', 'inherit', ...(messages ? ['ipc' as const] : [])],
    })
  }

  /**
   * Starts a server that is not a Node program, without output. If it is not installed, the child emits `error`. It leads
   * a process group, because some servers do not stop the processes that they have started.
   */
  startServer(
    program: string,
    words: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): ChildProcess {
    return this.#spawn(program, words, {
      env: { ...ownEnvironment(), ...environment },
      stdio: 'ignore',
      detached: true,
    })
  }

  #spawn(program: string, words: readonly string[], options: SpawnOptions): ChildProcess {
    if (this.#closed) throw new Error('the run is ending')
    const child = spawn(program, words, options)
    // a process that could not be started need not be stopped
    child.once('error', () => this.#running.delete(child))
    this.#running.add(child)
    child.once('exit', () => this.#running.delete(child))
    return child
  }

  /** Sends SIGTERM and waits for the process to exit; kills it after the timeout. */
  async stop(child: ChildProcess): Promise<void> {
    if (!this.#running.has(child)) return
    const gone = once(child, 'exit').then(() => true)
    signal(child, 'SIGTERM')
    if (await Promise.race([gone, setTimeout(stopMs, false, { ref: false })])) return
    signal(child, 'SIGKILL')
    await gone
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#running].map(child => this.stop(child)))
  }

  /** Stops all processes and refuses to start more, because an interrupted scenario still runs its next step. */
  async close(): Promise<void> {
    this.#closed = true
    await this.stopAll()
  }
}

/** Signals the group that a process leads, or the process alone. */
function signal(child: ChildProcess, name: NodeJS.Signals): void {
  try {
    process.kill(-(child.pid ?? Number.NaN), name)
  } catch {
    child.kill(name)
  }
}

/** Sends a message to a baseline process and waits for its reply. */
export async function ask<Question extends object, Answer>(
  child: ChildProcess,
  question: Question,
): Promise<Answer> {
  const listeners = new AbortController()
  const { signal } = listeners
  const gone = once(child, 'exit', { signal }).then(() => {
    throw new Error('a baseline process exited early')
  })
  child.send(question)
  try {
    const [answer] = await Promise.race([once(child, 'message', { signal }), gone])
    return answer
  } finally {
    listeners.abort()
    gone.catch(() => {})
  }
}
