import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePort } from '../free-port.ts'
import type { DedicatedS3 } from './s3.ts'

const run = promisify(execFile)
const credentials = { accessKeyId: 'testkey', secretAccessKey: 'testsecret' }

/**
 * Starts a Ceph cluster of one monitor and one in-memory storage daemon, and its S3 gateway. All use loopback, free
 * ports and a temporary folder. `stop`, or the end of this process, removes everything.
 */
export async function startCephGateway(): Promise<DedicatedS3> {
  const cluster = await Cluster.create()
  try {
    await cluster.start()
  } catch (error) {
    await cluster.stop()
    throw error
  }
  return {
    endpoint: `http://127.0.0.1:${cluster.port}`,
    ...credentials,
    kill: () => cluster.killGateway(),
    restart: () => cluster.startGateway(),
    signal: name => cluster.signalGateway(name),
    stop: () => cluster.stop(),
  }
}

class Cluster {
  readonly port: number
  readonly #monitorPort: number
  readonly #folder: string
  readonly #id = randomUUID()
  readonly #daemons: ChildProcess[] = []
  #gateway: ChildProcess | undefined
  readonly #dieWithParent = () => {
    for (const daemon of this.#daemons) daemon.kill('SIGKILL')
    // a daemon that is still exiting may write once more
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 })
  }

  private constructor(folder: string, port: number, monitorPort: number) {
    this.#folder = folder
    this.port = port
    this.#monitorPort = monitorPort
    process.once('exit', this.#dieWithParent)
  }

  /** The folder's name is short because the path of a Unix socket is limited to about 100 bytes. */
  static async create(): Promise<Cluster> {
    const [port, monitorPort] = await Promise.all([freePort(), freePort()])
    return new Cluster(await mkdtemp(join(tmpdir(), 's3-')), port, monitorPort)
  }

  async start(): Promise<void> {
    const osd = randomUUID()
    await this.#layFolder()
    await this.#run('ceph-mon', '-i', 'a', '--mkfs', '--monmap', 'monmap')
    this.#spawn('ceph-mon', '-i', 'a')
    await this.#run('ceph', '--connect-timeout', '15', 'osd', 'new', osd, '0')
    await this.#run('ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', osd)
    this.#spawn('ceph-osd', '-i', '0')
    const { accessKeyId, secretAccessKey } = credentials
    const user = [
      '--uid=test',
      '--display-name=test',
      `--access-key=${accessKeyId}`,
      `--secret-key=${secretAccessKey}`,
    ]
    await this.#run('radosgw-admin', '-n', 'client.rgw.a', 'user', 'create', ...user)
    await this.startGateway()
  }

  async startGateway(): Promise<void> {
    this.#gateway = this.#spawn('radosgw', '-n', 'client.rgw.a')
    await untilListening(this.#gateway, this.port)
  }

  /** Kills only the gateway. Its objects survive in the memory of the daemons. */
  async killGateway(): Promise<void> {
    if (this.#gateway && isAlive(this.#gateway)) await kill(this.#gateway)
  }

  signalGateway(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#gateway?.kill(name)
  }

  /** Kills the daemons: their data is not needed any more, so they need no orderly shutdown. */
  async stop(): Promise<void> {
    await Promise.all(this.#daemons.filter(isAlive).map(kill))
    await rm(this.#folder, { recursive: true, force: true })
    process.off('exit', this.#dieWithParent)
  }

  async #layFolder(): Promise<void> {
    for (const name of ['mon', 'osd', 'run', 'log', 'rgw']) await mkdir(join(this.#folder, name))
    await writeFile(
      join(this.#folder, 'ceph.conf'),
      configuration(this.#folder, this.#id, this.#monitorPort, this.port),
    )
    const address = `[v2:127.0.0.1:${this.#monitorPort}]`
    const map = ['--create', '--fsid', this.#id, '--addv', 'a', address, 'monmap']
    await run('monmaptool', map, { cwd: this.#folder, timeout: 20_000 })
  }

  #run(program: string, ...words: string[]) {
    return run(program, ['-c', 'ceph.conf', ...words], { cwd: this.#folder, timeout: 40_000 })
  }

  #spawn(program: string, ...words: string[]): ChildProcess {
    const foreground = ['-c', 'ceph.conf', '-f', ...words]
    const daemon = spawn(program, foreground, { cwd: this.#folder, stdio: 'ignore' })
    daemon.once('error', () => {})
    daemon.unref()
    this.#daemons.push(daemon)
    return daemon
  }
}

function isAlive(daemon: ChildProcess): boolean {
  return daemon.pid !== undefined && daemon.exitCode === null && daemon.signalCode === null
}

async function kill(daemon: ChildProcess): Promise<void> {
  daemon.ref()
  const gone = once(daemon, 'exit')
  daemon.kill('SIGKILL')
  await gone
}

async function untilListening(daemon: ChildProcess, port: number): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt++) {
    if (await isListening(port)) return
    if (!isAlive(daemon)) break
    await sleep(50)
  }
  throw new Error('the S3 gateway did not start')
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

/** No authentication inside the cluster, no replication, and the shortest delays that Ceph allows. */
function configuration(folder: string, id: string, monitorPort: number, port: number): string {
  return `[global]
fsid = ${id}
mon host = v2:127.0.0.1:${monitorPort}/0
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind msgr1 = false
auth cluster required = none
auth service required = none
auth client required = none
ms mon client mode = crc
run dir = ${folder}/run
admin socket = ${folder}/run/$name.asok
log file = ${folder}/log/$name.log
pid file = ${folder}/run/$name.pid
mon cluster log file = ${folder}/log/cluster.log
mon data = ${folder}/mon
osd data = ${folder}/osd
osd objectstore = memstore
memstore device bytes = 2147483648
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
osd class load list = *
osd class default list = *
mon allow pool size one = true
mon max pg per osd = 1000
paxos propose interval = 0.05
paxos min wait = 0.01

[client.rgw.a]
rgw data = ${folder}/rgw
rgw frontends = beast endpoint=127.0.0.1:${port} tcp_nodelay=1
rgw relaxed region enforcement = true
rgw dynamic resharding = false
rgw thread pool size = 32
rgw gc obj min wait = 60
rgw gc processor period = 60
debug rgw = 0/0
`
}
