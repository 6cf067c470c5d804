import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { messageOf } from '../errors/catalogue.ts'
import { failuresOf } from './support/failures.ts'
import { startNats } from './support/services/nats.ts'
import { startPostgres } from './support/services/postgres.ts'
import { startS3 } from './support/services/s3.ts'

/** A server of the whole run: its variable and value, if the machine can have one. */
interface RunServer {
  readonly environment: Readonly<Record<string, string>>
  stop(): Promise<void>
}

const service = fileURLToPath(new URL('../', import.meta.url))
const root = fileURLToPath(new URL('../../../', import.meta.url))

/** What tap counted, over all files. */
interface Counts {
  readonly pass: number
  readonly fail: number
  readonly skip: number
}

/** Runs the compiled tests on real servers that all of them share, and leaves nothing running. */
async function main(asked: readonly string[]): Promise<boolean> {
  const files = asked.length > 0 ? asked : await findTests()
  const stopped = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // not once: the servers must be stopped however often it is said
    process.on(signal, () => stopped.abort(new Error(`the run was ended by ${signal}`)))
  }
  const servers = await startServers()
  const folder = await mkdtemp(join(tmpdir(), 'darkroom-run-'))
  try {
    stopped.signal.throwIfAborted()
    const output = join(folder, 'output.tap')
    const environment = Object.assign({}, process.env, ...servers.map(server => server.environment))
    const ended = await runTap(files, output, environment, stopped.signal)
    const tap = await readFile(output, 'utf8').catch(() => '')
    if (!process.stdout.isTTY) console.log(failuresOf(tap))
    return report(readCounts(tap), ended)
  } finally {
    await Promise.all(servers.map(server => server.stop()))
    await rm(folder, { recursive: true, force: true })
  }
}

async function findTests(): Promise<string[]> {
  const files = await readdir(service, { recursive: true })
  return files
    .filter(file => file.endsWith('.test.js'))
    .map(file => relative(process.cwd(), join(service, file)))
    .sort()
}

/** All or none: where one cannot start, the others are stopped again. */
async function startServers(): Promise<RunServer[]> {
  const starting = await Promise.allSettled([postgres(), s3(), nats()])
  const servers = starting.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []))
  const failed = starting.find(result => result.status === 'rejected')
  if (failed === undefined) return servers
  await Promise.all(servers.map(server => server.stop()))
  throw failed.reason
}

async function postgres(): Promise<RunServer> {
  const server = await startPostgres()
  return { environment: { DARKROOM_TEST_POSTGRES: server.url }, stop: server.stop }
}

async function s3(): Promise<RunServer> {
  const server = await startS3()
  if (server === undefined) return { environment: {}, stop: async () => {} }
  const { stop, ...place } = server
  return { environment: { DARKROOM_TEST_S3: JSON.stringify(place) }, stop }
}

async function nats(): Promise<RunServer> {
  const server = await startNats()
  if (server === undefined) return { environment: {}, stop: async () => {} }
  return { environment: { DARKROOM_TEST_NATS: server.url }, stop: () => server.stop() }
}

/** Resolves with whether tap was content; aborting ends it, and its tests with it. */
async function runTap(
  files: readonly string[],
  output: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<boolean> {
  const reporter = process.stdout.isTTY ? 'terse' : 'silent'
  const words = ['run', `--reporter=${reporter}`, `--output-file=${output}`, ...files]
  const tap: ChildProcess = spawn(join(root, 'node_modules/.bin/tap'), words, { env, stdio: 'inherit' })
  const end = () => tap.kill('SIGTERM')
  signal.addEventListener('abort', end, { once: true })
  const [code] = await once(tap, 'exit')
  signal.removeEventListener('abort', end)
  return code === 0
}

/** tap ends its output with a line such as `# { total: 118, pass: 115, fail: 2, skip: 1 }`. */
function readCounts(tap: string): Counts | undefined {
  const summary = tap.match(/^# \{ (.*) \}$/gm)?.at(-1)
  if (summary === undefined) return undefined
  const count = (name: string) => Number(new RegExp(`\\b${name}: (\\d+)`).exec(summary)?.[1] ?? 0)
  return { pass: count('pass'), fail: count('fail'), skip: count('skip') }
}

/** The last line says it all; a run that ended badly or tested nothing has failed at least once. */
function report(counts: Counts | undefined, ended: boolean): boolean {
  const { pass, fail, skip } = counts ?? { pass: 0, fail: 0, skip: 0 }
  const good = ended && pass > 0 && fail === 0
  if (skip > 0) console.log(`${skip} skipped`)
  console.log(`\n${pass} passed, ${good ? 0 : Math.max(1, fail)} failed`)
  return good
}

main(process.argv.slice(2)).then(
  good => {
    process.exitCode = good ? 0 : 1
  },
  error => {
    console.error(messageOf(error))
    console.log('0 passed, 1 failed')
    process.exitCode = 1
  },
)
