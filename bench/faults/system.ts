import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DedicatedNats, startDedicatedNats } from '../../service/test/support/services/nats.ts'
import { findNginxObstacle } from '../../service/test/support/services/nginx.ts'
import { createBucket, type DedicatedS3, startDedicatedS3 } from '../../service/test/support/services/s3.ts'
import { until } from '../../service/test/support/until.ts'
import { Member } from './parts/member.ts'
import { Nginx } from './parts/nginx.ts'
import { Postgres } from './parts/postgres.ts'
import { type S3Proxy, startS3Proxy } from './parts/s3-proxy.ts'

export const administrator = { email: 'admin@example.com', password: 'a password of the admin' }
/** How long all processes may take to be ready, in milliseconds. */
export const readyMs = 120_000

/** Two http processes behind nginx, two workers, and the servers that they share. */
export interface System {
  /** Removed with the system. */
  readonly folder: string
  readonly https: readonly [Member, Member]
  readonly workers: readonly [Member, Member]
  readonly postgres: Postgres
  readonly nats: DedicatedNats
  readonly s3: DedicatedS3
  readonly s3Proxy: S3Proxy
  readonly nginx: Nginx
  /** The variables that all processes of Darkroom have in common. */
  readonly environment: Readonly<Record<string, string>>
  /** The processes of Darkroom. */
  readonly members: readonly Member[]
  /** Whether nginx and all processes of Darkroom answer, with all of their dependencies. */
  isReady(): Promise<boolean>
  stop(): Promise<void>
}

/** Starts everything. @throws Error when a server is not installed, and cannot be */
export async function startSystem(folder?: string): Promise<System> {
  const obstacle = await findNginxObstacle()
  if (obstacle) throw new Error(`nginx is not available: ${obstacle}`)
  const closers: (() => Promise<unknown>)[] = []
  const stop = async () => {
    for (const close of closers.splice(0).reverse()) await close()
  }
  try {
    return await start(folder ?? (await temporaryFolder(closers)), closers, stop)
  } catch (error) {
    await stop()
    throw error
  }
}

async function temporaryFolder(closers: (() => Promise<unknown>)[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'darkroom-faults-'))
  closers.push(() => rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }))
  // the system users of Postgres and nginx enter it, too
  await chmod(folder, 0o711)
  return folder
}

async function start(folder: string, closers: (() => Promise<unknown>)[], stop: () => Promise<void>) {
  const keep = <Part extends { stop(): Promise<unknown> }>(part: Part | undefined, name: string): Part => {
    if (part === undefined) throw new Error(`${name} is not available`)
    closers.push(() => part.stop())
    return part
  }
  const postgres = keep(await Postgres.start(folder), 'Postgres')
  const nats = keep(await startDedicatedNats(), 'NATS')
  const s3 = keep(await startDedicatedS3(), 'S3')
  const s3Proxy = keep(await startS3Proxy(s3.endpoint), 'the proxy of S3')
  const environment = {
    DATABASE_URL: postgres.url,
    NATS_URL: nats.url,
    DARKROOM_STORAGE_URL: `s3://${await createBucket(s3)}?endpoint=${s3Proxy.url}`,
    AWS_ACCESS_KEY_ID: s3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
    AWS_REGION: 'us-east-1',
    DARKROOM_MASTER_KEY: randomBytes(32).toString('base64'),
    DARKROOM_JWT_SECRET: randomBytes(32).toString('hex'),
    DARKROOM_ADMIN_EMAIL: administrator.email,
    DARKROOM_ADMIN_PASSWORD: administrator.password,
    DARKROOM_TRUSTED_PROXIES: '127.0.0.1',
    // small, so that most derivatives have to be read from the store
    DARKROOM_MEMORY_CACHE_MB: '1',
    LOG_LEVEL: 'warn',
  }
  const create = async (role: 'http' | 'worker', number: number) =>
    keep(await Member.create(join(folder, `${role}-${number}`), role, environment), role)
  const https = [await create('http', 1), await create('http', 2)] as const
  const workers = [await create('worker', 1), await create('worker', 2)] as const
  const nginx = keep(await Nginx.start(folder, [https[0].port, https[1].port]), 'nginx')
  const members = [...https, ...workers]
  // the first process migrates the database
  await https[0].restart()
  await until('the first process is ready', readyMs, () => https[0].isReady())
  await Promise.all(members.slice(1).map(member => member.restart()))
  const isReady = async () =>
    (await Promise.all([...members.map(one => one.isReady()), nginx.isReady()])).every(Boolean)
  await until('all processes are ready', readyMs, isReady)
  return { folder, https, workers, postgres, nats, s3, s3Proxy, nginx, environment, members, isReady, stop }
}
