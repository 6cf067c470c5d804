import { randomBytes, randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import { type Database, openDatabase } from '../../metadata/database.ts'
import { createLogger } from '../../telemetry/logger.ts'
import { prepareAdministrator } from './administrator.ts'
import { type Environment, newEnvironment } from './build.ts'
import { freePort } from './free-port.ts'
import { type Ended, endOf, heard, start, stop } from './program.ts'
import { freshDatabase } from './services/postgres.ts'
import { openSession, type Session } from './session.ts'

/** A process of the program. */
export interface Member {
  /** The URL of the public port, or of a worker's metrics port. */
  readonly url: string
  readonly pid: number
  /** Sends a signal and waits for the process to exit. */
  end(signal: NodeJS.Signals): Promise<Ended>
}

/** Processes that share a database, a store and a queue. */
export interface Cluster {
  readonly database: Database
  http(): Promise<Member>
  worker(): Promise<Member>
  /** The administrator's session with an http process. */
  session(member: Member): Promise<Session>
}

const admin = { email: 'admin@example.com', password: 'a password of the admin' }
const anyPrefix = () => `test-${randomUUID().slice(0, 13)}`

/**
 * Creates a cluster without processes on a NATS server. Its processes are killed when the test ends. Without a
 * `DATABASE_URL` in the overrides, it gets its own database.
 */
export async function buildCluster(t: Test, nats: string, overrides: Environment = {}): Promise<Cluster> {
  const url = overrides.DATABASE_URL ?? (await freshDatabase(t))
  const database = openDatabase({ url, logger: createLogger('silent'), maxConnections: 1 })
  t.teardown(() => database.close())
  const masterKey = randomBytes(32)
  // the first process migrates a database that the test brings
  if (overrides.DATABASE_URL === undefined) await prepareAdministrator(database, masterKey, admin)
  const shared = await newEnvironment(t, {
    DATABASE_URL: url,
    DARKROOM_MASTER_KEY: masterKey.toString('base64'),
    DARKROOM_ADMIN_EMAIL: admin.email,
    DARKROOM_ADMIN_PASSWORD: admin.password,
    NATS_URL: `${nats}?prefix=${anyPrefix()}`,
    LOG_LEVEL: 'warn',
    ...overrides,
  })
  const launch = async (role: string, ready: string, variables: Environment) => {
    const child = start(['serve'], { ...shared, ...variables, DARKROOM_ROLE: role })
    t.teardown(() => stop(child))
    const ended = endOf(child)
    await heard(child.stdout, ready).catch(async error => {
      throw new Error(`${error.message} ${(await ended).stderr}`)
    })
    const end = (signal: NodeJS.Signals) => {
      child.kill(signal)
      return ended
    }
    const port = variables.PORT ?? variables.DARKROOM_METRICS_PORT
    return { url: `http://127.0.0.1:${port}`, pid: child.pid ?? 0, end }
  }
  return {
    database,
    http: async () => launch('http', 'Next: sign in', { PORT: String(await freePort()) }),
    worker: async () =>
      launch('worker', 'ready to run jobs', { DARKROOM_METRICS_PORT: String(await freePort()) }),
    session: ({ url }) => openSession(url, admin),
  }
}

/** Installs a trigger that counts the writes of each derivative's row, one per rendering. */
export async function countRenders(database: Database): Promise<() => Promise<Map<string, number>>> {
  await database.query('create table renders (file_name text not null)')
  await database.query(`create function count_render() returns trigger language plpgsql as $$
    begin insert into renders values (new.file_name); return new; end $$`)
  await database.query(`create trigger rendered after insert or update on derivatives
    for each row execute function count_render()`)
  return async () => {
    const rows = await database.query<{ name: string; times: number }>(
      'select file_name as name, count(*) as times from renders group by file_name',
    )
    return new Map(rows.map(({ name, times }) => [name, times]))
  }
}
