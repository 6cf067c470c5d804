// Builds the parts that changed since their last build: the service with tsc, bundles of it and of typebox and the
// dashboard with Vite into dist/, the client's package with tsc into client/dist/. A build starts with empty folders,
// because a scan for operations, drivers, routes and tests would find stale files. `node config/build.js client` builds
// the client's package alone.
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
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
import { bundleProgram } from './program.js'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const faceApi = 'node_modules/@vladmandic/face-api'
const shared = ['tsconfig.json', 'package.json', 'config/build.js', 'config/program.js']

/** The latest modification below a path. Includes folders, so that a deleted file counts as a change. */
function newest(path) {
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(stat.mtimeMs, ...readdirSync(path).map(name => newest(join(path, name))))
}

/** Builds when an input is newer than the stamp of the last build. */
async function build(what, stamp, inputs, make) {
  const file = join(root, stamp)
  const version = String(Math.max(...[...inputs, ...shared].map(input => newest(join(root, input)))))
  if (existsSync(file) && readFileSync(file, 'utf8') === version) return
  rmSync(file, { force: true })
  console.log(`building the ${what}`)
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

/** Copies the weights of the face detector from the package that ships them, 0.2 of its 24 MB, with their licence. */
function copyDetector() {
  const from = join(root, faceApi)
  const to = join(root, 'dist/service/engine/insight/faces')
  const model = 'tiny_face_detector_model'
  for (const name of [`${model}.bin`, `${model}-weights_manifest.json`])
    copyFileSync(join(from, 'model', name), join(to, name))
  copyFileSync(join(from, 'LICENSE'), join(to, `${model}.LICENSE`))
}

function tsc(...args) {
  const require = createRequire(import.meta.url)
  const program = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc')
  execFileSync(process.execPath, [program, ...args], { stdio: 'inherit' })
}

/** Compiles the client twice, for `import` and for `require`. */
function compileClient() {
  const folder = join(root, 'client/dist')
  rmSync(folder, { recursive: true, force: true })
  const project = join(root, 'client')
  tsc('-p', project)
  const common = ['--module', 'commonjs', '--verbatimModuleSyntax', 'false']
  tsc('-p', project, ...common, '--outDir', join(folder, 'cjs'))
  // the nearest package.json decides how Node reads a file, and what `#checks` is
  const { imports, sideEffects } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))
  const nearest = JSON.stringify({ type: 'commonjs', sideEffects, imports }).replaceAll('./dist/', './')
  writeFileSync(join(folder, 'cjs/package.json'), `${nearest}\n`)
  // tsc rewrites the extensions of imports in JavaScript only
  for (const name of readdirSync(folder, { recursive: true }).filter(name => name.endsWith('.d.ts'))) {
    const file = join(folder, name)
    writeFileSync(file, readFileSync(file, 'utf8').replace(/(from '\.[^']*)\.ts'/g, "$1.js'"))
  }
}

async function compileService() {
  for (const folder of ['service', 'bench'])
    rmSync(join(root, 'dist', folder), { recursive: true, force: true })
  // what was checked, for `npm run typecheck`; a compiler that found it would not write the unchanged files again
  const checked = join(root, 'dist/.tsbuildinfo')
  rmSync(checked, { force: true })
  tsc('-p', root, '--incremental', '--tsBuildInfoFile', checked)
  cpSync(join(root, 'service/metadata/migrations'), join(root, 'dist/service/metadata/migrations'), {
    recursive: true,
  })
  await assemble('service/engine/insight/faces/layers.wat')
  copyDetector()
  // npm links the program by its name, but tsc writes it without execute permission
  chmodSync(join(root, 'dist/service/darkroom.cjs'), 0o755)
  await bundleProgram(root)
}

/**
 * Bundles typebox into dist/node_modules/, where the compiled service finds it first. It consists of 680 modules: loading
 * them took a third of the CPU time of a command such as `darkroom help`, 0.4 s, and loading the bundle takes 0.03 s.
 */
async function bundleTypebox() {
  const vite = await import('vite')
  const from = join(root, 'node_modules/typebox')
  const to = join(root, 'dist/node_modules/typebox')
  const entry = { index: join(from, 'build/index.mjs'), value: join(from, 'build/value/index.mjs') }
  await vite.build({
    configFile: false,
    publicDir: false,
    logLevel: 'warn',
    build: {
      lib: { entry, formats: ['es'] },
      outDir: to,
      emptyOutDir: true,
      target: 'node20',
      minify: false,
    },
  })
  copyFileSync(join(from, 'license'), join(to, 'license'))
  const { name, version, license, type } = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8'))
  const exports = { '.': './index.js', './value': './value.js' }
  writeFileSync(join(to, 'package.json'), JSON.stringify({ name, version, license, type, exports }))
}

async function bundleDashboard() {
  // imported only when the dashboard is built
  const vite = await import('vite')
  await vite.build({ configFile: join(root, 'dashboard/vite.config.ts'), logLevel: 'warn' })
}

try {
  const grammar = ['service/url', 'service/client', 'service/errors']
  await build(
    'client',
    'client/dist/.built',
    ['client/package.json', 'client/tsconfig.json', ...grammar],
    compileClient,
  )
  if (process.argv[2] !== 'client') {
    await build('service', 'dist/.built', ['service', 'bench', `${faceApi}/package.json`], compileService)
    await build(
      'bundle of typebox',
      'dist/.built-typebox',
      ['node_modules/typebox/package.json'],
      bundleTypebox,
    )
    // the dashboard parses and prints URLs with the service's grammar
    await build('dashboard', 'dist/.built-dashboard', ['dashboard', ...grammar], bundleDashboard)
  }
} catch (error) {
  // tsc has already printed its errors
  if (error.status === undefined) console.error(error.message)
  process.exit(1)
}
