import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Cluster, clusterUrl, prepareCluster } from '../../../service/metadata/embedded/cluster.ts'
import { choosePort, startPostmaster, stopPostmaster } from '../../../service/metadata/embedded/postmaster.ts'
import type { Part } from './part.ts'
import { killTree, signalAll, treeOf } from './processes.ts'

/** A Postgres server with its usual guarantees: it flushes each commit to the disk. */
export class Postgres implements Part {
  readonly url: string
  readonly #cluster: Cluster
  readonly #port: number
  /** Kept, because a paused server's lock file may be gone when it is needed. */
  #pid = 0

  private constructor(cluster: Cluster, port: number) {
    this.#cluster = cluster
    this.#port = port
    this.url = clusterUrl(cluster, port)
  }

  static async start(folder: string): Promise<Postgres> {
    const server = new Postgres(await prepareCluster(join(folder, 'postgres')), await choosePort(undefined))
    await server.restart()
    return server
  }

  async restart(): Promise<void> {
    await startPostmaster(this.#cluster, this.#port)
    this.#pid = Number((await readFile(join(this.#cluster.data, 'postmaster.pid'), 'utf8')).split('\n')[0])
  }

  kill(): Promise<void> {
    return killTree(this.#pid)
  }

  signal(name: NodeJS.Signals): void {
    signalAll(treeOf(this.#pid), name)
  }

  async stop(): Promise<void> {
    this.signal('SIGCONT')
    await stopPostmaster(this.#cluster)
  }
}
