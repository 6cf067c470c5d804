import type { ChildProcess } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { keyOfPath } from '../service/storage/drivers/file/paths.ts'
import type { MixQuestion, ServerQuestion } from './baselines/messages.ts'
import type { LoadedServer } from './load.ts'
import { type BenchNats, startBenchNats } from './nats.ts'
import { installedPeers, type RunningPeer, startPeer } from './peers.ts'
import { copyPhotos, drawPictures, drawTinyPicture } from './pictures.ts'
import { ask, Processes } from './processes.ts'
import { Service, type ServiceOptions } from './service.ts'

/** A bare server that can be stopped. */
export interface BareServer extends LoadedServer {
  stop(): Promise<void>
}

/** A temporary folder with images and the service's data. Owns all processes that the scenarios start. */
export class Workspace {
  /** Paths of the originals. */
  pictures: readonly string[] = []
  /** Folder for a scenario's own files. */
  readonly folder: string
  /** Whether the folder stays after the run, and may have the files of an earlier one. */
  readonly isKept: boolean
  readonly #processes = new Processes()
  readonly #profile: string | undefined

  private constructor(folder: string, isKept: boolean, profile: string | undefined) {
    this.folder = folder
    this.isKept = isKept
    this.#profile = profile
  }

  /** @param kept a folder that is kept after the run; a temporary one by default */
  static async create(profile: string | undefined, kept: string | undefined): Promise<Workspace> {
    if (kept !== undefined) await mkdir(kept, { recursive: true })
    const folder = kept === undefined ? await mkdtemp(join(tmpdir(), 'darkroom-bench-')) : resolve(kept)
    // the embedded Postgres may run as another user
    await chmod(folder, 0o755)
    return new Workspace(folder, kept !== undefined, profile)
  }

  /** Draws the images, or copies the first ones of a folder. */
  async prepare(count: number, photos: string | undefined): Promise<void> {
    const drawn = join(this.folder, 'pictures')
    await mkdir(drawn, { recursive: true })
    this.pictures = await (photos === undefined
      ? drawPictures(count, drawn)
      : copyPhotos(count, photos, drawn))
  }

  /** Draws an original that is cheap to render. @returns its path */
  drawTiny(): Promise<string> {
    return drawTinyPicture(this.folder)
  }

  /** Starts a new process of the service with the data of earlier ones. */
  startService(environment: Record<string, string> = {}): Promise<Service> {
    return Service.start(this.#processes, this.#optionsWith(environment))
  }

  /** Starts a new worker process with the same data. */
  startWorker(environment: Record<string, string>): Promise<Service> {
    return Service.startWorker(this.#processes, this.#optionsWith(environment))
  }

  /** Starts a NATS server with JetStream; undefined if none is installed. */
  startNats(): Promise<BenchNats | undefined> {
    return startBenchNats(this.#processes, join(this.folder, 'nats'))
  }

  #optionsWith(environment: Record<string, string>): ServiceOptions {
    return { dataDirectory: join(this.folder, 'data'), environment, profileDirectory: this.#profile }
  }

  /** Starts the bare `node:http` server in its own process. */
  async startBareServer(question: ServerQuestion): Promise<BareServer> {
    const child = this.#startBaseline('http-server')
    const { port } = await ask<ServerQuestion, { port: number }>(child, question)
    return { origin: `http://127.0.0.1:${port}`, pid: child.pid, stop: () => this.stop(child) }
  }

  /** Starts the bare server of mixed requests in its own process. */
  async startMixedServer(question: MixQuestion): Promise<BareServer> {
    const child = this.#startBaseline('mixed-server')
    const { port } = await ask<MixQuestion, { port: number }>(child, question)
    return { origin: `http://127.0.0.1:${port}`, pid: child.pid, stop: () => this.stop(child) }
  }

  /** Starts the bare sharp loop in its own process; use `ask` to send it messages. */
  startSharpLoop(): ChildProcess {
    return this.#startBaseline('sharp-loop')
  }

  /** Starts the process that reads objects with the AWS SDK alone; use `ask` to send it messages. */
  startS3Loop(): ChildProcess {
    return this.#startBaseline('s3-loop')
  }

  /** Starts the other image servers that are installed. @param file one of the originals, in the folder that they serve */
  async startPeers(file: string): Promise<RunningPeer[]> {
    const running: RunningPeer[] = []
    for (const { peer } of installedPeers) running.push(await startPeer(peer, file, this.#processes))
    return running
  }

  stop(child: ChildProcess): Promise<void> {
    return this.#processes.stop(child)
  }

  /** The file of each stored derivative, by its path without a query string. */
  async storedFiles(): Promise<Map<string, string>> {
    const root = join(this.folder, 'data', 'objects')
    const entries = await readdir(root, { recursive: true, withFileTypes: true })
    const files = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
    const stored = files.map(file => [`/${keyOfPath(file.slice(root.length + 1), 'spread')}`, file] as const)
    return new Map(stored.filter(([path]) => path.startsWith('/processed/')))
  }

  /** Stops all processes of the workspace. */
  stopAll(): Promise<void> {
    return this.#processes.stopAll()
  }

  /** Stops all processes and removes the folder, unless it is kept. */
  async close(): Promise<void> {
    await this.#processes.close()
    if (!this.isKept) await rm(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }

  #startBaseline(name: string): ChildProcess {
    const program = fileURLToPath(new URL(`./baselines/${name}.js`, import.meta.url))
    return this.#processes.start([program], {}, true)
  }
}
