import { startNats } from './services/nats.ts'
import { startPostgres } from './services/postgres.ts'
import { startS3 } from './services/s3.ts'

/** Servers that all test files of a run share. */
export interface RunServers {
  /** The environment variables with the servers' addresses for the test files. */
  readonly environment: Readonly<Record<string, string>>
  stop(): Promise<void>
}

/** Starts Postgres, S3 and NATS concurrently. If one fails to start, the others are stopped. */
export async function startRunServers(): Promise<RunServers> {
  const starting = await Promise.allSettled([postgres(), s3(), nats()])
  const servers = starting.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []))
  const stop = async () => {
    await Promise.all(servers.map(server => server.stop()))
  }
  const failed = starting.find(result => result.status === 'rejected')
  if (failed !== undefined) {
    await stop()
    throw failed.reason
  }
  return { environment: Object.assign({}, ...servers.map(server => server.environment)), stop }
}

/** Replaces a server that is not available on this machine; the tests that need it are skipped. */
const none: RunServers = { environment: {}, stop: async () => {} }

async function postgres(): Promise<RunServers> {
  const server = await startPostgres()
  return { environment: { DARKROOM_TEST_POSTGRES: server.url }, stop: server.stop }
}

async function s3(): Promise<RunServers> {
  const server = await startS3()
  if (server === undefined) return none
  const { stop, ...place } = server
  return { environment: { DARKROOM_TEST_S3: JSON.stringify(place) }, stop }
}

async function nats(): Promise<RunServers> {
  const server = await startNats()
  if (server === undefined) return none
  return { environment: { DARKROOM_TEST_NATS: server.url }, stop: () => server.stop() }
}
