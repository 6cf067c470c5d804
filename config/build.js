// Builds the parts that changed since their last build into dist/: the service with tsc, the dashboard with Vite. A
// build starts with empty folders, because a scan for operations, drivers, routes and tests would find stale files.
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const shared = ['tsconfig.json', 'package.json', 'config/build.js']

/** The latest modification below a path. Includes folders, so that a deleted file counts as a change. */
function newest(path) {
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(stat.mtimeMs, ...readdirSync(path).map(name => newest(join(path, name))))
}

/** Builds when an input is newer than the stamp of the last build. */
async function build(stamp, inputs, make) {
  const file = join(root, 'dist', stamp)
  const version = String(Math.max(...[...inputs, ...shared].map(input => newest(join(root, input)))))
  if (existsSync(file) && readFileSync(file, 'utf8') === version) return
  rmSync(file, { force: true })
  await make()
  writeFileSync(file, version)
}

/** Assembles a WebAssembly text file into dist/. */
async function assemble(file) {
  const { default: openWabt } = await import('wabt')
  const wabt = await openWabt()
  const module = wabt.parseWat(file, readFileSync(join(root, file), 'utf8'))
  writeFileSync(join(root, 'dist', file.replace(/\.wat$/, '.wasm')), module.toBinary({}).buffer)
  module.destroy()
}

async function compileService() {
  for (const folder of ['service', 'bench'])
    rmSync(join(root, 'dist', folder), { recursive: true, force: true })
  const require = createRequire(import.meta.url)
  const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc')
  execFileSync(process.execPath, [tsc, '-p', root], { stdio: 'inherit' })
  cpSync(join(root, 'service/metadata/migrations'), join(root, 'dist/service/metadata/migrations'), {
    recursive: true,
  })
  await assemble('service/engine/insight/faces/layers.wat')
  // npm links the program by its name, but tsc writes it without execute permission
  chmodSync(join(root, 'dist/service/darkroom.cjs'), 0o755)
}

async function bundleDashboard() {
  // imported only when the dashboard is built
  const vite = await import('vite')
  await vite.build({ configFile: join(root, 'dashboard/vite.config.ts'), logLevel: 'warn' })
}

try {
  await build('.built', ['service', 'bench'], compileService)
  // the dashboard parses and prints URLs with the service's grammar
  await build(
    '.built-dashboard',
    ['dashboard', 'service/url', 'service/client', 'service/errors'],
    bundleDashboard,
  )
} catch (error) {
  // tsc has already printed its errors
  if (error.status === undefined) console.error(error.message)
  process.exit(1)
}
