import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Test } from 'tap'
import { type App, openApp } from '../../app.ts'
import { readConfig } from '../../config.ts'
import { createServer } from '../../http/server.ts'
import type { SigningKeyWithSecret } from '../../metadata/signing-keys.ts'
import type { NetworkPolicy } from '../../net/network-policy.ts'
import { createLogger } from '../../telemetry/logger.ts'
import { cheapHash } from './cheap-hash.ts'
import { freePort } from './free-port.ts'
import { freshDatabase, temporaryFolder } from './services/postgres.ts'
import { type Account, openSession, type Session } from './session.ts'
import { findSharedInspector } from './shared-inspector.ts'

export type Environment = Readonly<Record<string, string>>
/** Labels of a metric. */
export type Labels = Readonly<Record<string, string>>

/** A listening service in this process, with a user's session. */
export interface Bench extends Session {
  readonly app: App
  readonly environment: Environment
  /** The user's signing key, as stored in the database. */
  readonly key: SigningKeyWithSecret
  /** Creates another user with a session. */
  join(email: string): Promise<Session & { key: SigningKeyWithSecret }>
  /** Closes the service like a graceful stop. */
  close(): Promise<void>
  /** Restarts the service with the same data and empty memory caches. */
  restart(): Promise<Bench>
  /** The value of a metric, summed over all of its label sets, or over those with these labels. */
  metric(name: string, labels?: Labels): Promise<number>
}

/**
 * Starts a service for a test, with a new database, a temporary data folder and a free port. It closes when the test
 * ends. `overrides` are environment variables; `networkPolicy` limits the hosts that user-supplied URLs can connect to.
 */
export async function build(
  t: Test,
  overrides: Environment = {},
  networkPolicy?: NetworkPolicy,
): Promise<Bench> {
  return open(t, await newEnvironment(t, overrides), networkPolicy)
}

/** The environment variables of a service with its own data, which is removed when the test ends. */
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

async function open(t: Test, environment: Environment, networkPolicy?: NetworkPolicy): Promise<Bench> {
  const config = await readConfig(environment)
  const logger = createLogger(config.LOG_LEVEL)
  const inspector = findSharedInspector(config, environment)
  const app = await openApp(config, logger, { ...(networkPolicy && { networkPolicy }), inspector })
  const server = await createServer(app.http, logger)
  let closing: Promise<void> | undefined
  const close = () => {
    closing ??= server.close().then(() => app.close())
    return closing
  }
  t.teardown(close)
  await app.jobs.worker.start()
  app.jobs.tasks.start({ withChores: false })
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
      return open(t, environment, networkPolicy)
    },
    metric: async (name, labels) => readMetric(await app.metrics.text(), name, labels),
  }
}

/** Finds the user, or creates them, and returns their newest active signing key. */
async function settle(app: App, account: Account): Promise<SigningKeyWithSecret> {
  const known = await app.metadata.users.findByEmail(account.email)
  const { email, password } = account
  const user =
    known ?? (await app.metadata.users.create({ email, passwordHash: cheapHash(password), role: 'member' }))
  return (
    (await app.metadata.signingKeys.findNewestActive(user.id)) ?? app.metadata.signingKeys.create(user.id)
  )
}

/** The sum of a metric over all of its label sets, or over those with these labels, from Prometheus' text format. */
export function readMetric(text: string, name: string, labels: Labels = {}): number {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
  const lines = text
    .split('\n')
    .filter(line => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
    .filter(line => wanted.every(label => line.includes(label)))
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}
