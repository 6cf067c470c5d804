import { readFileSync } from 'node:fs'
import t from '../test/support/tap.ts'

/** Every module that a bundler would include with the client: its URL and its compiled source. */
function reachableModules(entry: URL, modules = new Map<string, string>()): Map<string, string> {
  const source = readFileSync(entry, 'utf8')
  modules.set(entry.href, source)
  for (const name of importsOf(source)) {
    // Node has the checks; a production build for browsers has not
    const next = new URL(name === '#checks' ? './checks.js' : name, entry)
    if (/^[.#]/.test(name) && !modules.has(next.href)) reachableModules(next, modules)
  }
  return modules
}

function importsOf(source: string): string[] {
  return [...source.matchAll(/(?:\bfrom|^import) ['"](.+)['"];$/gm)].map(([, name = '']) => name)
}

t.test(
  'the client runs in a browser: it imports only client/, url/ and errors/, no package, nothing of Node',
  async t => {
    const modules = new Map<string, string>()
    for (const entry of ['index', 'next', 'nuxt', 'unpic'])
      reachableModules(new URL(`./${entry}.js`, import.meta.url), modules)
    for (const part of [
      'client/sign',
      'client/api',
      'client/next',
      'url/print',
      'url/signed-url',
      'errors/catalogue',
    ]) {
      t.ok(
        [...modules.keys()].some(module => module.endsWith(`${part}.js`)),
        part,
      )
    }
    for (const [module, source] of modules) {
      t.match(module, /\/service\/(client|url|errors)\/[\w.-]+$/)
      t.notMatch(module, /signature\.js$/, 'the signer of the server is not included')
      t.strictSame(
        importsOf(source).filter(name => !name.startsWith('.') && name !== '#checks'),
        [],
      )
      t.notMatch(source, /\b(Buffer|process|require|import\()\b/)
    }
  },
)
