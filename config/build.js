// Compiles the sources into dist/ when they are newer than the last build. A build starts from an empty
// folder: operations, drivers, routes and tests are found by scanning, so a stale file would come alive.
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
const stamp = join(root, 'dist', '.built')
const inputs = ['service', 'bench', 'tsconfig.json', 'package.json', 'config/build.js']

/** The newest change below a path: folders count too, so that a deleted file is seen. */
function newest(path) {
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(stat.mtimeMs, ...readdirSync(path).map(name => newest(join(path, name))))
}

const version = String(Math.max(...inputs.map(input => newest(join(root, input)))))
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== version) {
  rmSync(join(root, 'dist'), { recursive: true, force: true })
  const require = createRequire(import.meta.url)
  const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc')
  try {
    execFileSync(process.execPath, [tsc, '-p', root], { stdio: 'inherit' })
  } catch {
    process.exit(1)
  }
  cpSync(join(root, 'service/metadata/migrations'), join(root, 'dist/service/metadata/migrations'), {
    recursive: true,
  })
  // npm links the program by its name, but only tsc makes it, without the right to run
  chmodSync(join(root, 'dist/service/darkroom.cjs'), 0o755)
  writeFileSync(stamp, version)
}
