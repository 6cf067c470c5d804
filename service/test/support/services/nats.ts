import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../free-port.ts'
import { findObstacle } from './debian.ts'
import { natsProgram, natsServerArgs, untilNatsListens } from './nats-server.ts'

/** The URL of the test run's server. */
const variable = 'DARKROOM_TEST_NATS'
const software = { programs: [natsProgram], packages: ['nats-server'] }

/** A real NATS server with JetStream. */
export interface TestNats {
  readonly url: string
  stop(): Promise<void>
}

/**
 * A NATS server for tests: the one of `NATS_TEST_URL`, or a new one, whose package is installed if necessary and
 * possible. Undefined when there is none, so that tests are skipped. With `CI=true`, that is an error.
 */
export async function startNats(environment = process.env): Promise<TestNats | undefined> {
  if (environment.NATS_TEST_URL) return { url: environment.NATS_TEST_URL, stop: async () => {} }
  return startDedicatedNats({ environment })
}

/** The server that the whole run shares, or a new one for this test file. */
export async function sharedNats(environment = process.env): Promise<TestNats | undefined> {
  const url = environment[variable]
  return url ? { url, stop: async () => {} } : startNats(environment)
}

export interface DedicatedNatsOptions {
  /** Additional arguments of `nats-server`. */
  readonly args?: readonly string[]
  readonly environment?: NodeJS.ProcessEnv
}

/** A server that a test can kill, restart and deprive of its data. Undefined as for `startNats`. */
export async function startDedicatedNats({
  args = [],
  environment = process.env,
}: DedicatedNatsOptions = {}): Promise<DedicatedNats | undefined> {
  const obstacle = await findObstacle(software)
  if (!obstacle) return DedicatedNats.start(args)
  const complaint = `NATS is not available: ${obstacle}. Install nats-server, or run the tests as root on Debian.`
  if (environment.CI === 'true') throw new Error(complaint)
  console.error(`\n*** ${complaint}\n*** THE NATS TESTS ARE SKIPPED.\n`)
  return undefined
}

/** `nats-server` on loopback and a free port. `stop`, or the end of this process, removes everything. */
export class DedicatedNats implements TestNats {
  readonly url: string
  readonly port: number
  /** Where it keeps its data. */
  readonly folder: string
  readonly #args: readonly string[]
  #server: ChildProcess | undefined
  readonly #dieWithParent = () => {
    this.#server?.kill('SIGKILL')
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 })
  }

  private constructor(folder: string, port: number, args: readonly string[]) {
    this.folder = folder
    this.#args = args
    this.port = port
    this.url = `nats://127.0.0.1:${port}`
    process.once('exit', this.#dieWithParent)
  }

  static async start(args: readonly string[]): Promise<DedicatedNats> {
    const nats = new DedicatedNats(await mkdtemp(join(tmpdir(), 'darkroom-nats-')), await freePort(), args)
    try {
      await nats.restart()
    } catch (error) {
      await nats.stop()
      throw error
    }
    return nats
  }

  /** Starts the server with its existing data. */
  async restart(): Promise<void> {
    const args = [...natsServerArgs(this.port, this.folder), ...this.#args]
    const server = spawn(natsProgram, args, { stdio: 'ignore' })
    server.once('error', () => {})
    server.unref()
    this.#server = server
    if (!(await untilNatsListens(server, this.port))) throw new Error('nats-server did not start')
  }

  /** Kills the server at once, as a power cut would. */
  async kill(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return
    server.ref()
    const gone = once(server, 'exit')
    server.kill('SIGKILL')
    await gone
  }

  /** Pauses the server, or lets it go on. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#server?.kill(name)
  }

  /** Deletes the data, as a lost disk would. A server that runs needs a restart then. */
  async loseData(): Promise<void> {
    await rm(join(this.folder, 'jetstream'), { recursive: true, force: true })
  }

  async stop(): Promise<void> {
    await this.kill()
    await rm(this.folder, { recursive: true, force: true })
    process.off('exit', this.#dieWithParent)
  }
}
