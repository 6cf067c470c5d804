import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Test } from 'tap'
import { type App, openApp } from '../../app.ts'
import { readConfig } from '../../config.ts'
import { createServer } from '../../http/server.ts'
import type { SigningKeyWithSecret } from '../../metadata/signing-keys.ts'
import type { NetworkPolicy } from '../../net/network-policy.ts'
import { createLogger } from '../../telemetry/logger.ts'
import { freePort } from './free-port.ts'
import { freshDatabase, temporaryFolder } from './services/postgres.ts'
import { type Account, openSession, type Session } from './session.ts'

export type Environment = Readonly<Record<string, string>>
/** Of a metric. */
export type Labels = Readonly<Record<string, string>>

/** A listening service in this process, and a user's session with it. */
export interface Bench extends Session {
  readonly app: App
  readonly environment: Environment
  /** The user's signing key, as the database has it. */
  readonly key: SigningKeyWithSecret
  /** Another user with a session of his own. */
  join(email: string): Promise<Session & { key: SigningKeyWithSecret }>
  /** Ends the service as a graceful stop would. */
  close(): Promise<void>
  /** The same service on the same data, as after a restart: nothing is in memory. */
  restart(): Promise<Bench>
  /** What a metric stands at, summed over its labels, or over those with these values. */
  metric(name: string, labels?: Labels): Promise<number>
}

/**
 * A service of its own for a test: a fresh database, a temporary data folder, a free port. It closes itself when the
 * test ends. `overrides` are variables of the environment; `reach` says which hosts it connects to for strangers.
 */
export async function build(t: Test, overrides: Environment = {}, reach?: NetworkPolicy): Promise<Bench> {
  return open(t, await newEnvironment(t, overrides), reach)
}

/** The variables of a service with data of its own, which are removed when the test ends. */
export async function newEnvironment(t: Test, overrides: Environment = {}): Promise<Environment> {
  const folder = await temporaryFolder('darkroom-test-')
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return {
    HOST: '127.0.0.1',
    PORT: String(await freePort()),
    DARKROOM_METRICS_PORT: '0',
    DARKROOM_DATA_DIR: join(folder, 'data'),
    LOG_LEVEL: 'silent',
    ...('DATABASE_URL' in overrides ? {} : { DATABASE_URL: await freshDatabase(t) }),
    ...overrides,
  }
}

async function open(t: Test, environment: Environment, reach?: NetworkPolicy): Promise<Bench> {
  const config = readConfig(environment)
  const logger = createLogger(config.LOG_LEVEL)
  const app = await openApp(config, logger, reach)
  const server = await createServer(app.http, logger)
  let closing: Promise<void> | undefined
  const close = () => {
    closing ??= server.close().then(() => app.close())
    return closing
  }
  t.teardown(close)
  await app.jobs.worker.start()
  await server.listen({ host: config.HOST, port: config.PORT })
  const join = async (email: string) => {
    const account = { email, password: `a password of ${email}` }
    const key = await settle(app, account)
    return { ...(await openSession(app.publicUrl, account)), key }
  }
  return {
    ...(await join('tester@example.com')),
    app,
    environment,
    join,
    close,
    async restart() {
      await close()
      return open(t, environment, reach)
    },
    metric: async (name, labels) => readMetric(await app.metrics.text(), name, labels),
  }
}

/** Makes the user with a signing key, unless the database has him. */
async function settle(app: App, account: Account): Promise<SigningKeyWithSecret> {
  const known = await app.metadata.users.findByEmail(account.email)
  const user = known ?? (await app.auth.accounts.create({ ...account, role: 'member' }))
  return (
    (await app.metadata.signingKeys.findNewestActive(user.id)) ?? app.metadata.signingKeys.create(user.id)
  )
}

/** The sum of a metric over its labels, or over those with these values, from the text that Prometheus reads. */
export function readMetric(text: string, name: string, labels: Labels = {}): number {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
  const lines = text
    .split('\n')
    .filter(line => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
    .filter(line => wanted.every(label => line.includes(label)))
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}
