// `npm run dev`: restarts the service when one of its files changes, and serves the dashboard through Vite, which
// reloads the page when one of its files changes. The embedded Postgres keeps running while the service restarts.
//
// The restart does not wait for the TypeScript compiler: only the changed file is translated, by Vite's translator. The
// compiler checks the types meanwhile and prints what it finds.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants, setPriority } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { watch } from 'chokidar'
import { createServer, transformWithOxc } from 'vite'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const sources = join(root, 'service')
const built = join(root, 'dist/service')
/** Timeout for the service to stop, in milliseconds; after that it is killed. */
const stopMs = 1_000
/**
 * How long no file must change before the changed ones are read, in milliseconds. A checkout changes many files, and an
 * editor may empty a file before it writes the new text.
 */
const settleMs = 50

let service
let settleTimer
let updating = Promise.resolve()
let stopping = false
const changed = new Set()

function start() {
  service = spawn(process.execPath, [join(built, 'darkroom.cjs'), 'serve'], { cwd: root, stdio: 'inherit' })
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

/** Notes a change of a file of the service. Tests and other files restart nothing. */
function note(path) {
  const name = relative(sources, path)
  if (!/\.(c?ts|sql)$/.test(name) || /^test\b|\.(test|contract)\./.test(name)) return
  changed.add(path)
  clearTimeout(settleTimer)
  settleTimer = setTimeout(() => {
    updating = updating.then(update)
  }, settleMs)
}

/** Brings the changed, new and deleted files into dist/ and restarts the service, unless a file is not valid. */
async function update() {
  const paths = [...changed]
  changed.clear()
  for (const path of paths) {
    const target = join(built, relative(sources, path).replace(/ts$/, 'js'))
    try {
      if (!existsSync(path)) rmSync(target, { force: true })
      else if (path.endsWith('.sql')) cpSync(path, target)
      else await translate(path, target)
    } catch (error) {
      // it stays in the list, so that the next change does not start the service without it
      changed.add(path)
      console.log(`dev: ${relative(sources, path)} is not valid: ${error.message}`)
    }
  }
  if (paths.length === 0 || changed.size > 0) return
  await stop()
  if (!stopping) start()
}

async function translate(path, target) {
  // erases the types and replaces .ts by .js in imports, as the compiler does
  const typescript = { onlyRemoveTypeImports: true, rewriteImportExtensions: 'rewrite' }
  const { code } = await transformWithOxc(readFileSync(path, 'utf8'), path, { sourcemap: false, typescript })
  mkdirSync(dirname(target), { recursive: true })
  writeFileSync(target, code)
}

/** Checks the types in watch mode and prints errors. A restart of the service goes first. */
function checkTypes() {
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')
  const words = [tsc, '-p', root, '--noEmit', '--watch', '--preserveWatchOutput']
  const compiler = spawn(process.execPath, words, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  setPriority(compiler.pid, constants.priority.PRIORITY_LOW)
  createInterface({ input: compiler.stdout }).on('line', line => {
    if (line.trim() !== '' && !/Starting (incremental )?compilation|Found 0 errors/.test(line))
      console.log(line)
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

/** Watches the service from here on. A change before this promise resolves may be missed. */
async function watchService() {
  const watcher = watch(sources, { ignoreInitial: true })
  watcher.on('all', (_, path) => note(path))
  await once(watcher, 'ready')
  return watcher
}

async function serveDashboard() {
  const server = await createServer({ configFile: join(root, 'dashboard/vite.config.ts'), logLevel: 'warn' })
  await server.listen()
  console.log(`dev: dashboard with live reload at ${server.resolvedUrls.local[0]}`)
  return server
}

const postgres = await holdPostgres()
const watcher = await watchService()
const dashboard = await serveDashboard()
start()
const compiler = checkTypes()
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, async () => {
    if (stopping) return
    stopping = true
    clearTimeout(settleTimer)
    compiler.kill()
    await Promise.all([updating.then(stop), watcher.close(), dashboard.close()])
    await postgres.close()
    process.exit(0)
  })
}
