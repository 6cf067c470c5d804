// Bundles the compiled service into dist/program/, which is what users start. Node.js takes almost a millisecond of CPU
// time for each module that it loads, and `darkroom serve` consists of 440. Packages are not in the bundle. Tests
// import the modules of dist/service/, and `npm run dev` replaces single ones.
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs'
import { dirname, join, posix, relative, sep } from 'node:path'

/** Files that are loaded by their path, by a scan or as a process or a thread. They keep their places. */
const isEntry = file => /^main\.js$|-(main|thread)\.js$|(^|\/)(all|routes)\/[a-z][a-z0-9-]*\.js$/.test(file)

/**
 * What is loaded together, and the modules that each group begins with. A chunk contains the modules that the same groups
 * reach by static imports, so no process loads a module that it does not need. The other modules are loaded on demand.
 */
const groups = {
  program: file => file === 'main.js' || file.startsWith('commands/all/'),
  // reading the configuration loads the providers of CDNs
  accounts: file => /^(app|config|commands\/open)\.js$|^edge\/all\//.test(file),
  service: file =>
    /^(compose|commands\/service|http\/server)\.js$/.test(file) ||
    (isEntry(file) && /^(http|operations|jobs)\//.test(file)),
  supervisor: file => file === 'commands/processes.js',
  sibling: file => file === 'processes/sibling.js',
  render: file => file.endsWith('/render-main.js'),
  inspection: file => file.endsWith('/inspection-main.js'),
  analysis: file => file.endsWith('/analysis-thread.js'),
  codecs: file => file.endsWith('/codec-thread.js'),
}

/** @param {string} root the folder of the package, with `dist/service/` */
export async function bundleProgram(root) {
  const from = join(root, 'dist/service')
  const to = join(root, 'dist/program')
  const files = readdirSync(from, { recursive: true }).map(file => file.split(sep).join('/'))
  const own = files.filter(file => !/^(test|docs)\/|\.(test|contract)\./.test(file))
  const nameOf = id => relative(from, id).split(sep).join('/')
  const { graph, plugin } = ownModules(nameOf)
  const { build } = await import('vite')
  await build({
    configFile: false,
    publicDir: false,
    logLevel: 'warn',
    root,
    plugins: [plugin],
    build: {
      ssr: true,
      outDir: to,
      emptyOutDir: true,
      target: 'node20',
      minify: false,
      rollupOptions: {
        input: Object.fromEntries(own.filter(isEntry).map(file => [file.slice(0, -3), join(from, file)])),
        external: id => /^[^./\\#\0]/.test(id) && !id.startsWith(root),
        // the package says that its modules have no side effects, for bundles of the client
        treeshake: { moduleSideEffects: true },
        output: outputOf(createNaming(graph, nameOf)),
      },
    },
  })
  // SQL, WebAssembly and weights, next to the modules that read them
  for (const file of own.filter(file => /\.(sql|wasm|bin|json|LICENSE)$/.test(file))) copy(from, to, file)
  copy(from, to, 'darkroom.cjs')
}

/** A module is reached by every group that reaches its importer, so chunks import each other in one direction only. */
const outputOf = naming => ({
  entryFileNames: '[name].js',
  chunkFileNames: 'chunks/[name].js',
  codeSplitting: { groups: [{ name: naming, debugName: 'reach', includeDependenciesRecursively: false }] },
})

function copy(from, to, file) {
  mkdirSync(dirname(join(to, file)), { recursive: true })
  copyFileSync(join(from, file), join(to, file))
}

/** A plugin that records the imports of each module, and keeps `import.meta.url` as it was before the bundling. */
function ownModules(nameOf) {
  const graph = new Map()
  const plugin = {
    name: 'own-modules',
    enforce: 'pre',
    transform: {
      filter: { code: 'import.meta.url' },
      handler: (code, id) => ({
        code: code.replaceAll('import.meta.url', `__urlOf(${JSON.stringify(nameOf(id))})`),
        map: null,
      }),
    },
    moduleParsed({ id, importedIds }) {
      graph.set(id, importedIds)
    },
    renderChunk(code, { fileName }) {
      if (!code.includes('__urlOf(')) return null
      const place = posix.dirname(fileName)
      return code.replace(/__urlOf\("([^"]+)"\)/g, (_, file) => {
        const path = posix.relative(place, file)
        return `new URL(${JSON.stringify(path.startsWith('.') ? path : `./${path}`)}, import.meta.url).href`
      })
    },
  }
  return { graph, plugin }
}

/** Names a module's chunk after the groups that reach the module; the name is null when none does. */
function createNaming(graph, nameOf) {
  let reached
  return id => {
    reached ??= Object.entries(groups).map(([name, begins]) => {
      const ids = new Set([...graph.keys()].filter(id => begins(nameOf(id))))
      for (const each of ids) for (const next of graph.get(each) ?? []) if (graph.has(next)) ids.add(next)
      return [name, ids]
    })
    const names = reached.filter(([, ids]) => ids.has(id)).map(([name]) => name)
    return names.length === 0 ? null : names.join('-')
  }
}
