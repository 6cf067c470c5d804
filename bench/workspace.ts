import type { ChildProcess } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ServerQuestion } from './baselines/messages.ts'
import type { LoadedServer } from './load.ts'
import { type BenchNats, startBenchNats } from './nats.ts'
import { drawPictures, drawTinyPicture, findPhotos } from './pictures.ts'
import { ask, Processes } from './processes.ts'
import { Service, type ServiceOptions } from './service.ts'

/** A bare server that can be ended. */
export interface BareServer extends LoadedServer {
  stop(): Promise<void>
}

/** A temporary folder with pictures and the service's data; what the scenarios start, they start here. */
export class Workspace {
  /** Paths of the originals. */
  pictures: readonly string[] = []
  /** Where whoever measures may leave files. */
  readonly folder: string
  readonly #processes = new Processes()
  readonly #profile: string | undefined

  private constructor(folder: string, profile: string | undefined) {
    this.folder = folder
    this.#profile = profile
  }

  static async create(profile: string | undefined): Promise<Workspace> {
    const folder = await mkdtemp(join(tmpdir(), 'darkroom-bench-'))
    // the embedded Postgres may run as another user
    await chmod(folder, 0o755)
    return new Workspace(folder, profile)
  }

  /** Draws the pictures, or takes the first of a folder. */
  async prepare(count: number, photos: string | undefined): Promise<void> {
    const drawn = join(this.folder, 'pictures')
    await mkdir(drawn)
    this.pictures = await (photos === undefined ? drawPictures(count, drawn) : findPhotos(count, photos))
  }

  /** An original that costs next to nothing to develop. @returns its path */
  drawTiny(): Promise<string> {
    return drawTinyPicture(this.folder)
  }

  /** A fresh process of the service, with all that earlier ones have stored. */
  startService(environment: Record<string, string> = {}): Promise<Service> {
    return Service.start(this.#processes, this.#optionsWith(environment))
  }

  /** A fresh process that does the jobs of others on the same data. */
  startWorker(environment: Record<string, string>): Promise<Service> {
    return Service.startWorker(this.#processes, this.#optionsWith(environment))
  }

  /** A NATS server with JetStream; undefined where there is none on this machine. */
  startNats(): Promise<BenchNats | undefined> {
    return startBenchNats(this.#processes, join(this.folder, 'nats'))
  }

  #optionsWith(environment: Record<string, string>): ServiceOptions {
    return { dataDirectory: join(this.folder, 'data'), environment, profileDirectory: this.#profile }
  }

  /** The bare `node:http` server in a process of its own. */
  async startBareServer(question: ServerQuestion): Promise<BareServer> {
    const child = this.#startBaseline('http-server')
    const { port } = await ask<ServerQuestion, { port: number }>(child, question)
    return { origin: `http://127.0.0.1:${port}`, pid: child.pid, stop: () => this.stop(child) }
  }

  /** The bare sharp loop in a process of its own; talk to it by `ask`. */
  startSharpLoop(): ChildProcess {
    return this.#startBaseline('sharp-loop')
  }

  stop(child: ChildProcess): Promise<void> {
    return this.#processes.stop(child)
  }

  /** The file of each stored derivative, by its path without a query. */
  async storedFiles(): Promise<Map<string, string>> {
    const root = join(this.folder, 'data', 'objects')
    const entries = await readdir(root, { recursive: true, withFileTypes: true })
    const files = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
    const stored = files.map(file => [file.slice(root.length), file] as const)
    return new Map(stored.filter(([path]) => path.startsWith('/processed/')))
  }

  /** Ends everything that was started here. */
  stopAll(): Promise<void> {
    return this.#processes.stopAll()
  }

  /** Ends everything and takes the folder away. */
  async close(): Promise<void> {
    await this.#processes.close()
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }

  #startBaseline(name: string): ChildProcess {
    const program = fileURLToPath(new URL(`./baselines/${name}.js`, import.meta.url))
    return this.#processes.start([program], {}, true)
  }
}
