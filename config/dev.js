// `npm run dev`: compiles and restarts the service when a file changes, and serves the dashboard through Vite, which
// reloads the page when one of its files changes. The embedded Postgres keeps running while the service restarts.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, watch } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')
const migrations = join(root, 'service/metadata/migrations')
/** Timeout for the service to stop, in milliseconds; after that it is killed. */
const stopMs = 1_000

let service
let restarting = Promise.resolve()
let stopping = false

function start() {
  cpSync(migrations, join(root, 'dist/service/metadata/migrations'), { recursive: true })
  const program = join(root, 'dist/service/darkroom.cjs')
  service = spawn(process.execPath, [program, 'serve'], { cwd: root, stdio: 'inherit' })
  service.once('exit', code => {
    if (code) console.log(`dev: the service exited with code ${code}; change a file to restart it`)
  })
}

async function stop() {
  if (service === undefined || service.exitCode !== null || service.signalCode !== null) return
  const exited = once(service, 'exit')
  service.kill('SIGTERM')
  const timer = setTimeout(() => service.kill('SIGKILL'), stopMs)
  await exited
  clearTimeout(timer)
}

/** Runs restarts one at a time; several changes at once cause a single restart. */
function restart() {
  restarting = restarting.then(async () => {
    await stop()
    if (!stopping) start()
  })
}

/** Compiles in watch mode and restarts the service after each compilation without errors. */
function watchService() {
  const words = [tsc, '-p', root, '--watch', '--preserveWatchOutput']
  const compiler = spawn(process.execPath, words, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  createInterface({ input: compiler.stdout }).on('line', line => {
    const errors = /Found (\d+) errors?/.exec(line)?.[1]
    if (errors === '0') restart()
    else if (line.trim() !== '' && !/Starting (incremental )?compilation/.test(line)) console.log(line)
  })
  let timer
  watch(migrations, () => {
    clearTimeout(timer)
    timer = setTimeout(restart, 100)
  })
  return compiler
}

/** Keeps the embedded Postgres open, so that it survives a restart of the service. */
async function holdPostgres() {
  if (process.env.DATABASE_URL) return { close: async () => {} }
  const { openEmbeddedPostgres } = await import('../dist/service/metadata/embedded.js')
  const { createLogger } = await import('../dist/service/telemetry/logger.js')
  const directory = join(resolve(root, process.env.DARKROOM_DATA_DIR || 'data'), 'postgres')
  return openEmbeddedPostgres({ directory, logger: createLogger('warn') })
}

async function serveDashboard() {
  const { createServer } = await import('vite')
  const server = await createServer({ configFile: join(root, 'dashboard/vite.config.ts'), logLevel: 'warn' })
  await server.listen()
  console.log(`dev: dashboard with live reload at ${server.resolvedUrls.local[0]}`)
  return server
}

const postgres = await holdPostgres()
const compiler = watchService()
const dashboard = await serveDashboard()
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, async () => {
    if (stopping) return
    stopping = true
    compiler.kill()
    await Promise.all([restarting.then(stop), dashboard.close()])
    await postgres.close()
    process.exit(0)
  })
}
