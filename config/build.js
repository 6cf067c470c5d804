// Builds into dist/ what is newer than its last build: the service with tsc, the dashboard with Vite. A build starts
// from empty folders: operations, drivers, routes and tests are found by scanning, so a stale file would come alive.
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

/** The newest change below a path: folders count too, so that a deleted file is seen. */
function newest(path) {
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(stat.mtimeMs, ...readdirSync(path).map(name => newest(join(path, name))))
}

/** Builds when an input is newer than what the stamp says of the last build. */
async function build(stamp, inputs, make) {
  const file = join(root, 'dist', stamp)
  const version = String(Math.max(...[...inputs, ...shared].map(input => newest(join(root, input)))))
  if (existsSync(file) && readFileSync(file, 'utf8') === version) return
  rmSync(file, { force: true })
  await make()
  writeFileSync(file, version)
}

function compileService() {
  for (const folder of ['service', 'bench'])
    rmSync(join(root, 'dist', folder), { recursive: true, force: true })
  const require = createRequire(import.meta.url)
  const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc')
  execFileSync(process.execPath, [tsc, '-p', root], { stdio: 'inherit' })
  cpSync(join(root, 'service/metadata/migrations'), join(root, 'dist/service/metadata/migrations'), {
    recursive: true,
  })
  // npm links the program by its name, but only tsc makes it, without the right to run
  chmodSync(join(root, 'dist/service/darkroom.cjs'), 0o755)
}

async function bundleDashboard() {
  // loaded only when it is needed
  const vite = await import('vite')
  await vite.build({ configFile: join(root, 'dashboard/vite.config.ts'), logLevel: 'warn' })
}

try {
  await build('.built', ['service', 'bench'], compileService)
  // the dashboard reads and prints URLs with the grammar's own code
  await build(
    '.built-dashboard',
    ['dashboard', 'service/url', 'service/client', 'service/errors'],
    bundleDashboard,
  )
} catch (error) {
  // the compiler has said what is wrong itself
  if (error.status === undefined) console.error(error.message)
  process.exit(1)
}
