import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../free-port.ts'
import type { Part } from './part.ts'
import { killTree, signalAll, treeOf } from './processes.ts'

const program = fileURLToPath(new URL('../../../program/darkroom.cjs', import.meta.url))
/** How long a graceful stop may take, in milliseconds. The service itself gives up after 20 s. */
const stopMs = 30_000
/** How long an answer of the health check may take, in milliseconds. */
const healthMs = 2_000

type Variables = Readonly<Record<string, string>>

/** A process of Darkroom with a port, a data folder and a log of its own, which it keeps when it is restarted. */
export class Member implements Part {
  readonly port: number
  /** Holds its uploads in progress, its temporary files and its log. */
  readonly folder: string
  /** How often it was started. */
  starts = 0
  readonly #variables: Variables
  #child: ChildProcess | undefined

  private constructor(folder: string, port: number, variables: Variables) {
    this.folder = folder
    this.port = port
    this.#variables = variables
  }

  /** Creates a process that is not started yet. */
  static async create(folder: string, role: 'http' | 'worker', shared: Variables): Promise<Member> {
    const port = await freePort()
    const [data, temporary] = [join(folder, 'data'), join(folder, 'tmp')]
    await Promise.all([data, temporary].map(path => mkdir(path, { recursive: true })))
    const portName = role === 'http' ? 'PORT' : 'DARKROOM_METRICS_PORT'
    return new Member(folder, port, {
      HOST: '127.0.0.1',
      DARKROOM_METRICS_PORT: '0',
      DARKROOM_DATA_DIR: data,
      TMPDIR: temporary,
      ...shared,
      DARKROOM_ROLE: role,
      [portName]: String(port),
    })
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  get log(): string {
    return join(this.folder, 'log')
  }

  /** The folder of uploads in progress. */
  get spool(): string {
    return join(this.folder, 'data', 'spool')
  }

  restart(): Promise<void> {
    return this.startWith({})
  }

  /** Starts it with additional variables. */
  async startWith(variables: Variables): Promise<void> {
    const { PATH = '', HOME = '' } = process.env
    const log = await open(this.log, 'a')
    this.#child = spawn(process.execPath, [program, 'serve'], {
      env: { PATH, HOME, MALLOC_ARENA_MAX: '2', ...this.#variables, ...variables },
      stdio: ['ignore', log.fd, log.fd],
    })
    await log.close()
    this.starts++
  }

  async kill(): Promise<void> {
    if (this.#isAlive) await killTree(this.#pid)
  }

  signal(name: NodeJS.Signals): void {
    if (this.#isAlive) signalAll(treeOf(this.#pid), name)
  }

  /** Stops it gracefully, and kills it when that takes too long. */
  async stop(): Promise<void> {
    const child = this.#child
    if (child === undefined || !this.#isAlive) return
    const gone = once(child, 'exit').then(() => true)
    // a paused process could not stop
    this.signal('SIGCONT')
    child.kill('SIGTERM')
    if (!(await Promise.race([gone, setTimeout(stopMs, false, { ref: false })]))) await this.kill()
  }

  /** Whether all of its dependencies answer. */
  async isReady(): Promise<boolean> {
    if (!this.#isAlive) return false
    const signal = AbortSignal.timeout(healthMs)
    return fetch(`${this.url}/readyz`, { signal }).then(
      async response => {
        await response.body?.cancel()
        return response.ok
      },
      () => false,
    )
  }

  get #isAlive(): boolean {
    const child = this.#child
    return child?.pid !== undefined && child.exitCode === null && child.signalCode === null
  }

  get #pid(): number {
    const pid = this.#child?.pid
    if (pid === undefined) throw new Error(`${this.folder}: the process is not started`)
    return pid
  }
}
