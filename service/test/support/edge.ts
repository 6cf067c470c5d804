import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Test } from 'tap'
import { type Database, openDatabase } from '../../metadata/database.ts'
import { SigningKeyRepository } from '../../metadata/signing-keys.ts'
import { createLogger } from '../../telemetry/logger.ts'
import { prepareAdministrator } from './administrator.ts'
import { type Environment, newEnvironment, readMetric } from './build.ts'
import { freePort } from './free-port.ts'
import { endOf, heard, start, stop } from './program.ts'
import { startNginx, type TestNginx } from './services/nginx.ts'
import { openSession, type Session } from './session.ts'

/** An http process behind nginx. */
export interface Origin {
  readonly port: number
  /** The value of a metric, summed over all of its label sets. */
  metric(name: string): Promise<number>
  /** Stops the process as `docker stop` does. */
  stop(): Promise<void>
}

/** Two processes with a shared database and store, each with its own queue, behind nginx. */
export interface Cluster {
  readonly edge: TestNginx
  readonly origins: readonly [Origin, Origin]
  /** A session whose requests go through nginx. */
  readonly session: Session
  /** Creates another signing key for the session's user and revokes the given one, directly in the database. */
  replaceKey(keyId: string): Promise<void>
}

/** `overrides` are environment variables of the processes. */
export async function openCluster(t: Test, overrides: Environment = {}): Promise<Cluster> {
  const port = await freePort()
  const account = { email: 'admin@example.com', password: 'a password of the admin' }
  const masterKey = randomBytes(32)
  const shared = await newEnvironment(t, {
    DARKROOM_PUBLIC_URL: `http://127.0.0.1:${port}`,
    DARKROOM_MASTER_KEY: masterKey.toString('base64'),
    DARKROOM_JWT_SECRET: randomBytes(32).toString('hex'),
    DARKROOM_ADMIN_EMAIL: account.email,
    DARKROOM_ADMIN_PASSWORD: account.password,
    NODE_ENV: 'production',
    ...overrides,
  })
  const withDatabase = async (change: (database: Database) => Promise<void>) => {
    const url = shared.DATABASE_URL ?? ''
    const database = openDatabase({ url, logger: createLogger('silent'), maxConnections: 1 })
    await change(database).finally(() => database.close())
  }
  await withDatabase(database => prepareAdministrator(database, masterKey, account))
  const folder = shared.DARKROOM_DATA_DIR ?? ''
  const open = (name: string) =>
    serve(t, {
      ...shared,
      DARKROOM_DATA_DIR: join(folder, name),
      DARKROOM_STORAGE_URL: `file://${folder}/objects`,
    })
  const origins = [await open('one'), await open('two')] as const
  const edge = await startNginx(t, port, [origins[0].port, origins[1].port])
  const session = await openSession(edge.url, account)
  return {
    edge,
    origins,
    session,
    replaceKey: keyId =>
      withDatabase(async database => {
        const keys = new SigningKeyRepository(database, masterKey)
        await keys.create(session.userId)
        await keys.setState(session.userId, keyId, 'revoked')
      }),
  }
}

async function serve(t: Test, shared: Readonly<Record<string, string>>): Promise<Origin> {
  const [port, metricsPort] = [await freePort(), await freePort()]
  const environment = { ...shared, PORT: String(port), DARKROOM_METRICS_PORT: String(metricsPort) }
  const child = start(['serve'], environment)
  t.teardown(() => stop(child))
  const ended = endOf(child)
  await heard(child.stdout, 'Next: sign in').catch(async error => {
    throw new Error(`${error.message} ${(await ended).stderr}`)
  })
  return {
    port,
    async metric(name) {
      const response = await fetch(`http://127.0.0.1:${metricsPort}/metrics`)
      return readMetric(await response.text(), name)
    },
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}
