import { existsSync, readFileSync, rmSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { openDatabase } from '../../../metadata/database.ts'
import { clusterUrl, prepareCluster } from '../../../metadata/embedded/cluster.ts'
import { choosePort, startPostmaster, stopPostmaster } from '../../../metadata/embedded/postmaster.ts'
import { openEmbeddedPostgres } from '../../../metadata/embedded.ts'
import { randomId } from '../../../metadata/ids.ts'
import { migrate } from '../../../metadata/migrate.ts'
import { createLogger } from '../../../telemetry/logger.ts'

/** Where the test run's server is: the URL of its superuser. */
const variable = 'DARKROOM_TEST_POSTGRES'

const logger = createLogger('warn')

export interface TestPostgres {
  url: string
  stop(): Promise<void>
}

/** The database that every test's database is a copy of: migrating each anew takes five times as long. */
const template = 'darkroom_template'
/** Settings that a server which lives for one run does not need. */
const relaxed = ['fsync', 'synchronous_commit', 'full_page_writes']

/**
 * Starts a Postgres server in a temporary folder, which `stop` removes. It keeps nothing through a power cut, and has
 * a template with the current schema.
 */
export async function startPostgres(): Promise<TestPostgres> {
  const folder = await temporaryFolder('darkroom-postgres-')
  try {
    const { url, close } = await openEmbeddedPostgres({ directory: join(folder, 'postgres'), logger })
    await prepareTemplate(url).catch(async error => {
      await close()
      throw error
    })
    const stop = async () => {
      await close()
      await rm(folder, { recursive: true, force: true })
    }
    return { url, stop }
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

async function prepareTemplate(url: string): Promise<void> {
  const admin = openDatabase({ url, logger, maxConnections: 1 })
  try {
    for (const setting of relaxed) await admin.query(`alter system set ${setting} = off`)
    await admin.query('select pg_reload_conf()')
    await admin.query(`create database ${template}`)
    await migrate({ url: databaseUrl(url, template), logger: createLogger('silent') })
  } finally {
    await admin.close()
  }
}

function databaseUrl(server: string, name: string): string {
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}

/** A server with an empty database that a test can stop and restart. */
export interface DedicatedPostgres extends TestPostgres {
  /** Ends its sessions, then the server. */
  shutDown(): Promise<void>
  /** Starts the server at the same address. */
  restart(): Promise<void>
}

/** Starts a Postgres server for one test. */
export async function startDedicatedPostgres(): Promise<DedicatedPostgres> {
  const folder = await temporaryFolder('darkroom-postgres-')
  const cluster = await prepareCluster(join(folder, 'postgres'))
  const port = await choosePort(undefined)
  const shutDown = () => stopPostmaster(cluster)
  const restart = () => startPostmaster(cluster, port)
  const dieWithParent = () => {
    killPostmaster(cluster.data)
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 })
  }
  process.once('exit', dieWithParent)
  const stop = async () => {
    await shutDown()
    await rm(folder, { recursive: true, force: true })
    process.off('exit', dieWithParent)
  }
  try {
    await restart()
  } catch (error) {
    await stop()
    throw error
  }
  return { url: clusterUrl(cluster, port), shutDown, restart, stop }
}

/** Kills the server of a test file that exits early: the server has its own session, so it would survive otherwise. */
function killPostmaster(data: string): void {
  const lock = join(data, 'postmaster.pid')
  const pid = existsSync(lock) ? Number(readFileSync(lock, 'utf8').split('\n')[0]) : 0
  try {
    if (pid > 0) process.kill(pid, 'SIGQUIT')
  } catch {
    // it has just exited
  }
}

/** The URL of a database of the run's server with the current schema; it is dropped when the test ends. */
export function freshDatabase(t: Test): Promise<string> {
  return createDatabase(t, `template ${template} strategy file_copy`)
}

/** The URL of a database without tables. */
export function emptyDatabase(t: Test): Promise<string> {
  return createDatabase(t, '')
}

/** The URL of a copy of a database that nothing is connected to. */
export function copyDatabase(t: Test, url: string): Promise<string> {
  return createDatabase(t, `template ${new URL(url).pathname.slice(1)} strategy file_copy`)
}

async function createDatabase(t: Test, options: string): Promise<string> {
  const server = await runServer(t)
  const admin = openDatabase({ url: server, logger, maxConnections: 1 })
  const name = `test_${randomId(12)}`
  await admin.query(`create database ${name} ${options}`)
  t.teardown(async () => {
    await admin.query(`drop database ${name} with (force)`)
    await admin.close()
  })
  return databaseUrl(server, name)
}

/** A pool on a fresh database with the current schema, which is closed with the test. */
export async function migratedDatabase(t: Test) {
  const db = openDatabase({ url: await freshDatabase(t), logger, maxConnections: 4 })
  t.teardown(() => db.close())
  return db
}

/** A temporary folder that the user of the server may enter too. */
export async function temporaryFolder(prefix: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), prefix))
  await chmod(folder, 0o711)
  return folder
}

async function runServer(t: Test): Promise<string> {
  const url = process.env[variable]
  if (url) return url
  const server = await startPostgres()
  t.teardown(() => server.stop())
  return server.url
}
