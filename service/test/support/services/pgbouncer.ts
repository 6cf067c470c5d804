import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Test } from 'tap'
import { openDatabase } from '../../../metadata/database.ts'
import { createLogger } from '../../../telemetry/logger.ts'
import { freePort } from '../free-port.ts'
import { until } from '../until.ts'
import { findObstacle } from './debian.ts'
import { temporaryFolder } from './postgres.ts'

/** Debian's user `nobody`: PgBouncer refuses to run as root. */
const nobody = 65_534
/** Fewer connections than a process opens, so that its transactions share them. */
const serverConnections = 3

/**
 * Why PgBouncer cannot be started here; undefined when it can. Installs the package if necessary and possible. With
 * `CI=true`, a missing PgBouncer is an error.
 */
export async function findPgBouncerObstacle(environment = process.env): Promise<string | undefined> {
  const obstacle = await findObstacle({ programs: ['pgbouncer'], packages: ['pgbouncer'] })
  if (obstacle && environment.CI === 'true') throw new Error(`PgBouncer is not available: ${obstacle}`)
  return obstacle
}

/**
 * Starts PgBouncer in transaction mode before a database until the test ends, with the settings of the documentation.
 * @returns the URL of the database through PgBouncer
 */
export async function startPgBouncer(t: Test, database: string): Promise<string> {
  const { hostname, port, username, password, pathname } = new URL(database)
  const name = pathname.slice(1)
  const folder = await temporaryFolder('darkroom-pgbouncer-')
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const own = await freePort()
  const settings = join(folder, 'pgbouncer.ini')
  await writeFile(
    settings,
    `[databases]
${name} = host=${hostname} port=${port} user=${username} password=${password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${own}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = ${serverConnections}
ignore_startup_parameters = statement_timeout, lock_timeout, idle_in_transaction_session_timeout
`,
  )
  const url = `postgres://any@127.0.0.1:${own}/${name}`
  await startProgram(t, settings, join(folder, 'output'), url)
  return url
}

async function startProgram(t: Test, settings: string, log: string, url: string): Promise<void> {
  const output = await open(log, 'w')
  const isRoot = process.getuid?.() === 0
  const program = spawn('pgbouncer', [settings], {
    stdio: ['ignore', output.fd, output.fd],
    ...(isRoot && { uid: nobody, gid: nobody }),
  })
  const ended = once(program, 'exit')
  t.teardown(async () => {
    program.kill('SIGINT')
    await ended
    await output.close()
  })
  const probe = openDatabase({ url, logger: createLogger('silent'), maxConnections: 1 })
  t.teardown(() => probe.close())
  const answers = () =>
    probe.check().then(
      () => true,
      () => false,
    )
  await Promise.race([
    until('PgBouncer answers', 10_000, answers),
    ended.then(async () => Promise.reject(new Error(`it did not start: ${await readFile(log, 'utf8')}`))),
  ])
}
