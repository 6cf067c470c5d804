import { startNats } from './services/nats.ts'
import { startPostgres } from './services/postgres.ts'
import { startS3 } from './services/s3.ts'

/** Servers that all test files of a run share. */
export interface RunServers {
  /** The variables by which the test files find them. */
  readonly environment: Readonly<Record<string, string>>
  stop(): Promise<void>
}

/** Starts Postgres, S3 and NATS at once. If one cannot start, the others are stopped again. */
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

/** What stands in for a server that this machine cannot have; the tests that need it are skipped. */
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
