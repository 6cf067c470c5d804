import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'
import t from '../test/support/tap.ts'

// the compiled test is in dist/service/client
const folder = new URL('../../../client/', import.meta.url)
const manifest = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8'))
const entries = ['index', 'next', 'nuxt', 'unpic']
const pathOf = (entry: string) => new URL(`dist/client/${entry}.js`, folder).pathname

/** Bundles code of a website as Vite does for browsers. */
async function bundle(code: string, mode: 'production' | 'development' = 'production'): Promise<string> {
  const page = {
    name: 'page',
    resolveId: (id: string) => (id.endsWith('/page.js') ? id : null),
    load: (id: string) => (id.endsWith('/page.js') ? code : null),
  }
  const { NODE_ENV: before } = process.env
  const result = await build({
    configFile: false,
    logLevel: 'silent',
    root: folder.pathname,
    plugins: [page],
    resolve: { conditions: ['module', 'browser', mode] },
    build: {
      write: false,
      reportCompressedSize: false,
      modulePreload: false,
      rolldownOptions: { input: new URL('page.js', folder).pathname, preserveEntrySignatures: 'strict' },
    },
  })
  // Vite sets it, and other test files run in this process
  if (before === undefined) delete process.env.NODE_ENV
  else process.env.NODE_ENV = before
  const outputs = (Array.isArray(result) ? result : [result]).flatMap(one =>
    'output' in one ? one.output : [],
  )
  return outputs.map(one => ('code' in one ? one.code : '')).join('')
}

const gzipped = (code: string) => gzipSync(code, { level: 9 }).length
const building = `export { url } from '${pathOf('index')}'\n`
const adapters = entries.slice(1).map(entry => `export * as ${entry} from '${pathOf(entry)}'\n`)
const image = { userId: 'abcdef', imageId: 'ghijkl' }

t.test('a page downloads at most 3 kB to build URLs, and at most 5 kB with all adapters', async t => {
  const plain = await bundle(building)
  const all = await bundle(building + adapters.join(''))
  t.ok(gzipped(plain) <= 3000, `${gzipped(plain)} bytes to build URLs`)
  t.ok(gzipped(all) <= 5000, `${gzipped(all)} bytes with Next.js, Nuxt and unpic`)
  t.notMatch(plain, /Sec-CH-Width|8192/, 'no summaries and no ranges')
})

t.test('a production build leaves ranges to the types, development and Node check them', async t => {
  const run = async (code: string) => import(`data:text/javascript,${encodeURIComponent(code)}`)
  const [page, development] = [
    await run(await bundle(building)),
    await run(await bundle(building, 'development')),
  ]
  const node = await import(pathOf('index'))
  const wide = { ...image, operations: [{ op: 'resize', w: 9000 }] }
  t.equal(page.url(wide), '/processed/abcdef/ghijkl_resize_w-9000.auto')
  for (const { url } of [node, development]) {
    t.throws(() => url(wide), {
      message: 'resize: w-9000 is out of range, expected an integer from 1 to 8192 or auto',
    })
  }
  // signing is checked in every runtime
  const signer = await run(await bundle(`export { createClient } from '${pathOf('index')}'`))
  const client = signer.createClient({ baseUrl: '', userId: image.userId, keyId: 'key1', secret: 'AAAA' })
  await t.rejects(client.url(image.imageId, wide.operations), { message: /out of range/ })
})

t.test(
  'the package has no dependencies, and the same names for import, require and darkroom/client',
  async t => {
    for (const kind of ['dependencies', 'peerDependencies', 'optionalDependencies'])
      t.notOk(manifest[kind], kind)
    const require = createRequire(import.meta.url)
    for (const entry of entries) {
      const name = entry === 'index' ? '.' : `./${entry}`
      const { import: module, require: script } = manifest.exports[name]
      for (const file of [module, script, module.replace(/js$/, 'd.ts'), script.replace(/js$/, 'd.ts')])
        t.ok(existsSync(new URL(file, folder)), file)
      const names = Object.keys(await import(new URL(module, folder).href)).sort()
      t.strictSame(Object.keys(require(new URL(script, folder).pathname)).sort(), names, `require of ${name}`)
      const own = `darkroom/${entry === 'index' ? 'client' : entry}`
      t.strictSame(Object.keys(await import(own)).sort(), names, own)
    }
    const types = readFileSync(new URL('dist/client/index.d.ts', folder), 'utf8')
    t.notMatch(types, /\.ts'/, 'declarations name files that are in the package')
  },
)

t.test('npm packs the compiled files and nothing else', async t => {
  const { stdout } = await promisify(execFile)('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: folder,
  })
  const [{ files }] = JSON.parse(stdout)
  const names: string[] = files.map(({ path }: { path: string }) => path)
  t.strictSame(
    names.filter(name => !/^dist\/(cjs\/)?(client|url|errors)\/[\w.-]+\.(js|d\.ts)$/.test(name)).sort(),
    ['README.md', 'dist/cjs/package.json', 'package.json'],
  )
  t.notOk(names.some(name => name.includes('.test.')))
})
