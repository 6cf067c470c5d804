import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chown, mkdir, mkdtemp, open, readdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { errorCodeOf } from '../database-errors.ts'
import { type Binaries, findBinaries } from './binaries.ts'
import { findServerUser, requirePathAccess, type SystemUser } from './system-user.ts'

const execute = promisify(execFile)

/** The superuser and the database that Darkroom uses in its own server. */
const user = 'darkroom'
const database = 'postgres'
/** The timeout of `initdb`, in milliseconds; it takes 1 to 2 seconds on a small machine. */
const initMs = 120_000

/** A Postgres cluster: one set of database files, and what is needed to run a server on it. */
export interface Cluster {
  /** Contains `data` (Postgres' own files), `password` and `server.log`. */
  directory: string
  data: string
  log: string
  password: string
  binaries: Binaries
  systemUser: SystemUser | undefined
}

/** Finds the cluster of a directory, or creates it. A crash never leaves a partly created cluster. */
export async function prepareCluster(directory: string): Promise<Cluster> {
  await mkdir(dirname(directory), { recursive: true })
  // The canonical path, because processes are matched to clusters by the path in their command line.
  const place = join(await realpath(dirname(directory)), basename(directory))
  const binaries = await findBinaries()
  const systemUser = await findServerUser(place)
  if (systemUser) await requirePathAccess(systemUser, dirname(place), binaries.postgres)
  if (!(await exists(join(place, 'password')))) await createCluster(place, binaries, systemUser)
  return {
    directory: place,
    data: join(place, 'data'),
    log: join(place, 'server.log'),
    password: await readPassword(place),
    binaries,
    systemUser,
  }
}

/** The URL of the cluster's server on a port of the loopback interface. */
export function clusterUrl(cluster: Cluster, port: number): string {
  return `postgres://${user}:${cluster.password}@127.0.0.1:${port}/${database}`
}

/**
 * Runs one of the server's programs as its system user. The environment is not inherited: a server that
 * outlives us must not carry our secrets.
 */
export async function runProgram(
  { systemUser }: Pick<Cluster, 'systemUser'>,
  program: string,
  args: string[],
  timeoutMs: number,
): Promise<void> {
  await execute(program, args, {
    cwd: '/',
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
    timeout: timeoutMs,
    ...systemUser,
  })
}

async function createCluster(
  directory: string,
  binaries: Binaries,
  systemUser: SystemUser | undefined,
): Promise<void> {
  await removeLeftovers(directory)
  const draft = await mkdtemp(`${directory}.new-`)
  try {
    if (systemUser) await chown(draft, systemUser.uid, systemUser.gid)
    const passwordFile = join(draft, 'password')
    await writePassword(passwordFile, systemUser)
    await runProgram(
      { systemUser },
      binaries.initdb,
      [
        `--pgdata=${join(draft, 'data')}`,
        `--username=${user}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
        // The same sort order and case rules on every system, because they are built into the server.
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
      ],
      initMs,
    )
    await rename(draft, directory)
    await syncDirectory(dirname(directory))
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    // Another process created the cluster in the meantime, which is just as good.
    if (!['ENOTEMPTY', 'EEXIST'].includes(errorCodeOf(error))) throw error
  }
}

/**
 * Deletes drafts of processes that were killed during `initdb`. Drafts younger than twice its timeout are kept,
 * as another process may still use them.
 */
async function removeLeftovers(directory: string): Promise<void> {
  const parent = dirname(directory)
  for (const name of await readdir(parent)) {
    if (!name.startsWith(`${basename(directory)}.new-`)) continue
    const draft = join(parent, name)
    const found = await stat(draft).catch(() => undefined)
    if (found && Date.now() - found.mtimeMs > 2 * initMs) await rm(draft, { recursive: true, force: true })
  }
}

async function writePassword(path: string, systemUser: SystemUser | undefined): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(randomBytes(24).toString('base64url'))
    if (systemUser) await file.chown(systemUser.uid, systemUser.gid)
    // The password is stored nowhere else: after a power failure, the database must still be accessible.
    await file.sync()
  } finally {
    await file.close()
  }
  await syncDirectory(dirname(path))
}

async function readPassword(directory: string): Promise<string> {
  const path = join(directory, 'password')
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (cause) {
    throw new Error(
      `The embedded database's password cannot be read from ${path}. Run Darkroom as the user who owns it.`,
      { cause },
    )
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  await directory.sync().finally(() => directory.close())
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    error => {
      if (errorCodeOf(error) === 'ENOENT') return false
      throw error
    },
  )
}
