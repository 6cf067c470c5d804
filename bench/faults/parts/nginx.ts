import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdir, open, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { nginxConfiguration, nobody } from '../../../service/test/support/services/nginx.ts'
import { freePort } from '../../free-port.ts'
import type { Part } from './part.ts'
import { killTree, signalAll, treeOf } from './processes.ts'

/** How long an answer of the health check may take, in milliseconds. */
const healthMs = 2_000

/** nginx with the configuration of the repository, in front of two http processes. */
export class Nginx implements Part {
  readonly port: number
  readonly #folder: string
  #server: ChildProcess | undefined

  private constructor(folder: string, port: number) {
    this.#folder = folder
    this.port = port
  }

  static async start(folder: string, origins: readonly [number, number]): Promise<Nginx> {
    const nginx = new Nginx(join(folder, 'nginx'), await freePort())
    await mkdir(nginx.#data, { recursive: true })
    await writeFile(nginx.#settings, await nginxConfiguration(nginx.port, origins))
    // nginx must not need root
    if (isRoot) await chown(nginx.#data, nobody, nobody)
    await nginx.restart()
    return nginx
  }

  async restart(): Promise<void> {
    // a killed master leaves its file, and its successor does not care
    await rm(join(this.#data, 'nginx.pid'), { force: true })
    const log = await open(join(this.#folder, 'errors'), 'a')
    const words = ['-p', this.#data, '-c', this.#settings, '-e', 'stderr', '-g', 'daemon off;']
    const options = { ...(isRoot && { uid: nobody, gid: nobody }) }
    this.#server = spawn('nginx', words, { stdio: ['ignore', 'ignore', log.fd], ...options })
    this.#server.once('error', () => {})
    await log.close()
  }

  async kill(): Promise<void> {
    if (this.#server?.pid) await killTree(this.#server.pid)
  }

  signal(name: NodeJS.Signals): void {
    if (this.#server?.pid) signalAll(treeOf(this.#server.pid), name)
  }

  /** Whether it passes requests on. */
  isReady(): Promise<boolean> {
    const signal = AbortSignal.timeout(healthMs)
    return fetch(`http://127.0.0.1:${this.port}/healthz`, { signal }).then(
      async response => {
        await response.body?.cancel()
        return response.ok
      },
      () => false,
    )
  }

  async stop(): Promise<void> {
    const server = this.#server
    if (server?.pid === undefined || server.exitCode !== null || server.signalCode !== null) return
    this.signal('SIGCONT')
    const gone = once(server, 'exit')
    server.kill('SIGTERM')
    await gone
  }

  get #data(): string {
    return join(this.#folder, 'data')
  }

  get #settings(): string {
    return join(this.#folder, 'nginx.conf')
  }
}

const isRoot = process.getuid?.() === 0
