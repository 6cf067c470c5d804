import { execFile } from 'node:child_process'
import { link, readFile, rename, rm, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { messageOf } from '../../errors/catalogue.ts'
import { errorCodeOf } from '../database-errors.ts'
import { type Cluster, runProgram } from './cluster.ts'

const execute = promisify(execFile)

/** The timeout of a start, recovery included, in seconds. */
const startSeconds = 60
/** The timeout of a stop, in milliseconds. */
const stopMs = 30_000
/**
 * The age from which an empty lock file counts as that of a server that crashed while writing it, in
 * milliseconds.
 */
const emptyLockMs = 10_000

const maxLogBytes = 4_000_000

/** The settings of the server; all others keep Postgres' defaults (`fsync` is on, for example). */
const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '64MB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
}

/** The server of a cluster, and its port (undefined until the lock file has it). */
export interface Postmaster {
  port: number | undefined
}

/** The running server of the cluster, no matter which process started it. Removes a stale lock file. */
export async function findPostmaster(cluster: Cluster): Promise<Postmaster | undefined> {
  const lock = await readLock(cluster)
  if (lock === undefined) return undefined
  const pid = pidIn(lock)
  if (pid && (await isOurs(cluster, pid))) return { port: Number(lock.split('\n')[3]) || undefined }
  if (!pid && (await isFresh(lockPath(cluster)))) return { port: undefined }
  await clearLock(cluster, lock)
  return undefined
}

/** Starts a server in its own session, so that it outlives this process, and waits until it accepts connections. */
export async function startPostmaster(cluster: Cluster, port: number): Promise<void> {
  const options = Object.entries({ ...settings, port: String(port) })
    .map(([name, value]) => `-c ${name}='${value}'`)
    .join(' ')
  const args = [
    'start',
    '-D',
    cluster.data,
    '-l',
    cluster.log,
    '-o',
    options,
    '-w',
    '-t',
    String(startSeconds),
  ]
  await rotate(cluster.log)
  try {
    await runProgram(cluster, cluster.binaries.pgCtl, args, (startSeconds + 5) * 1000)
  } catch (cause) {
    const log = await readFile(cluster.log, 'utf8').catch(() => messageOf(cause))
    throw new Error(`Postgres did not start: ${log.trimEnd().split('\n').slice(-5).join(' | ')}`, { cause })
  }
}

/**
 * Stops the server: ends its sessions, flushes all data, and waits until its process is gone. (`pg_ctl stop`
 * would wait for its full timeout when another process has started a server in the meantime.)
 */
export async function stopPostmaster(cluster: Cluster): Promise<void> {
  const pid = pidIn((await readLock(cluster)) ?? '')
  if (!pid || !(await isOurs(cluster, pid))) return
  process.kill(pid, 'SIGINT') // Postgres' signal for a fast shutdown
  for (const deadline = Date.now() + stopMs; await isOurs(cluster, pid); await delay(20)) {
    if (Date.now() > deadline) throw new Error(`Postgres (process ${pid}) did not stop in ${stopMs} ms`)
  }
}

/**
 * The previous server's port if it is free, so that clients reach the new server under the same URL;
 * otherwise any free port.
 */
export async function choosePort(preferred: number | undefined): Promise<number> {
  return (preferred && (await listenOnce(preferred).catch(() => undefined))) || listenOnce(0)
}

function listenOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : port))
    })
  })
}

/** Keeps one older log file, so that the logs cannot fill the disk. */
async function rotate(log: string): Promise<void> {
  const found = await stat(log).catch(() => undefined)
  if (found && found.size > maxLogBytes) await rename(log, `${log}.old`).catch(() => undefined)
}

function lockPath(cluster: Cluster): string {
  return join(cluster.data, 'postmaster.pid')
}

/** The process id in a lock file; 0 while it is being written. */
function pidIn(lock: string): number {
  return Math.max(Number(lock.split('\n')[0]) || 0, 0)
}

/**
 * Whether a process is the server of this cluster. Process ids are reused, so its command line is checked.
 */
async function isOurs(cluster: Cluster, pid: number): Promise<boolean> {
  return (await commandLine(pid)).includes(cluster.data)
}

function readLock(cluster: Cluster): Promise<string | undefined> {
  return readFile(lockPath(cluster), 'utf8').catch(() => undefined)
}

async function isFresh(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  return found !== undefined && Date.now() - found.mtimeMs < emptyLockMs
}

/**
 * Removes a lock file whose process is dead or is not a server of this cluster. Postgres itself refuses to
 * start when another process has that id now. A server that starts at this moment may have replaced the lock
 * file. So the file is moved aside, and restored if it is no longer the stale one.
 */
async function clearLock(cluster: Cluster, stale: string): Promise<void> {
  const aside = `${lockPath(cluster)}.${process.pid}`
  try {
    await rename(lockPath(cluster), aside)
  } catch {
    return // removed by another process
  }
  if ((await readFile(aside, 'utf8')) !== stale) await link(aside, lockPath(cluster)).catch(() => undefined)
  await rm(aside, { force: true })
}

/**
 * The command line of a process; empty if the process does not exist, or is dead and not yet reaped by its
 * parent.
 */
async function commandLine(pid: number): Promise<string> {
  const linux = process.platform === 'linux'
  try {
    if (linux) return await readFile(`/proc/${pid}/cmdline`, 'utf8')
    return (await execute('ps', ['-ww', '-o', 'args=', '-p', String(pid)])).stdout
  } catch (error) {
    // `ps` exits with 1, a number, when there is no such process. Any other failure proves nothing.
    const missing = linux ? ['ENOENT', 'ESRCH'] : ['']
    if (missing.includes(errorCodeOf(error))) return ''
    throw error
  }
}
