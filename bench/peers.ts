import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from './free-port.ts'
import type { LoadedServer } from './load.ts'
import type { Processes } from './processes.ts'

export type PeerFormat = 'jpg' | 'webp' | 'avif'

/** How a peer is started: a program on the PATH or a Node program, its arguments and its environment. */
export interface Launch {
  readonly words: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}

/** Another image server, with its default settings. It has no cache of results, or that cache is off. */
export interface Peer {
  readonly name: string
  readonly isNode: boolean
  /** Undefined when it is not installed. */
  version(): string | undefined
  /** @param folder contains the originals */
  launch(folder: string, port: number): Launch | Promise<Launch>
  /** The path that resizes a file of the folder. The quality is Darkroom's default; the effort is the peer's own. */
  path(file: string, width: number, format: PeerFormat): string
}

/** A peer that runs. */
export interface RunningPeer extends LoadedServer {
  readonly peer: Peer
  stop(): Promise<void>
}

const quality: Readonly<Record<PeerFormat, number>> = { jpg: 80, webp: 79, avif: 58 }
const typeOf = (format: PeerFormat) => (format === 'jpg' ? 'jpeg' : format)
const startMs = 60_000

const ipxPackage = new URL('../package.json', import.meta.resolve('ipx'))

const ipx: Peer = {
  name: 'ipx',
  isNode: true,
  // the package does not export its package.json
  version: () => /"version": "([^"]+)"/.exec(readFileSync(ipxPackage, 'utf8'))?.[1],
  launch: (folder, port) => ({
    words: [fileURLToPath(new URL('./baselines/ipx-server.js', import.meta.url)), folder, String(port)],
  }),
  path: (file, width, format) => `/w_${width},f_${typeOf(format)},q_${quality[format]}/${basename(file)}`,
}

const imgproxy: Peer = {
  name: 'imgproxy',
  isNode: false,
  version: () => versionIn(spawnSync('imgproxy', ['version'])),
  launch: (folder, port) => ({
    words: ['imgproxy'],
    environment: {
      IMGPROXY_BIND: `127.0.0.1:${port}`,
      IMGPROXY_LOCAL_FILESYSTEM_ROOT: folder,
      IMGPROXY_LOG_LEVEL: 'error',
      IMGPROXY_MAX_SRC_RESOLUTION: '100',
    },
  }),
  path: (file, width, format) =>
    `/unsafe/rs:fit:${width}:0/q:${quality[format]}/plain/local:///${basename(file)}@${format}`,
}

const imagor: Peer = {
  name: 'imagor',
  isNode: false,
  version: () => versionIn(spawnSync('imagor', ['-version'])),
  launch: (folder, port) => ({
    words: ['imagor', '-bind', `127.0.0.1:${port}`, '-imagor-unsafe', '-file-loader-base-dir', folder],
  }),
  path: (file, width, format) =>
    `/unsafe/${width}x0/filters:format(${typeOf(format)}):quality(${quality[format]})/${basename(file)}`,
}

const thumbor: Peer = {
  name: 'thumbor',
  isNode: false,
  version: () => versionIn(spawnSync('thumbor', ['--version'])),
  launch: async (folder, port) => {
    const settings = join(folder, 'thumbor.conf')
    await writeFile(
      settings,
      `LOADER = 'thumbor.loaders.file_loader'\nFILE_LOADER_ROOT_PATH = ${JSON.stringify(folder)}\n` +
        `STORAGE = 'thumbor.storages.no_storage'\nALLOW_UNSAFE_URL = True\n`,
    )
    const listen = ['-i', '127.0.0.1', '-p', String(port), '--processes', String(availableParallelism())]
    return { words: ['thumbor', ...listen, '-c', settings, '-l', 'error'] }
  },
  path: imagor.path,
}

const known: readonly Peer[] = [ipx, imgproxy, imagor, thumbor]

/** The peers that are installed, with their versions. */
export const installedPeers: readonly { readonly peer: Peer; readonly version: string }[] = known.flatMap(
  peer => {
    const version = peer.version()
    return version === undefined ? [] : [{ peer, version }]
  },
)

/** Which peers are measured and which are missing, for the reader of a report. */
export function describePeers(): string {
  const there = installedPeers.map(({ peer, version }) => `${peer.name} ${version}`)
  const missing = known.filter(peer => !installedPeers.some(each => each.peer === peer))
  const names = missing.map(({ name }) => name).join(', ')
  return `peers: ${there.join(', ')}${names === '' ? '' : ` (not installed: ${names})`}`
}

/** Empty when the program could not be started. */
function versionIn({ error, stdout, stderr }: SpawnSyncReturns<Buffer>): string | undefined {
  if (error !== undefined) return undefined
  return /\d+\.\d+(?:\.\d+)?/.exec(`${stdout}${stderr}`)?.[0] ?? 'of unknown version'
}

/** Starts a peer on a free port, and waits until it serves a file. */
export async function startPeer(peer: Peer, file: string, processes: Processes): Promise<RunningPeer> {
  const port = await freePort()
  const { words, environment = {} } = await peer.launch(dirname(file), port)
  const [program = '', ...rest] = words
  const child = peer.isNode
    ? processes.start(words, environment, true)
    : processes.startServer(program, rest, environment)
  const origin = `http://127.0.0.1:${port}`
  const deadline = Date.now() + startMs
  while (Date.now() < deadline && child.exitCode === null) {
    const isReady = await fetch(origin + peer.path(file, 32, 'jpg')).then(
      response => response.arrayBuffer().then(() => response.ok),
      () => false,
    )
    if (isReady) return { peer, origin, pid: child.pid, stop: () => processes.stop(child) }
    await setTimeout(200)
  }
  throw new Error(`${peer.name} does not serve ${basename(file)}`)
}
