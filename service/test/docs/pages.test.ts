import { access, readdir } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import { loadCommands } from '../../commands/command.ts'
import { statuses } from '../../errors/catalogue.ts'
import { read, root } from '../support/containers.ts'
import { anchorsOf, linksOf, proseOf } from '../support/markdown.ts'
import t from '../support/tap.ts'
import { readPages } from './pages.ts'

const pages = await readPages()
const textOf = (path: string) => pages.find(page => page.path === path)?.text ?? ''
const exists = (path: string) =>
  access(join(root, path)).then(
    () => true,
    () => false,
  )

t.test('every link of the pages leads to a file and a heading', async t => {
  let followed = 0
  for (const { path, text } of pages) {
    for (const link of linksOf(text).filter(link => !/^(https?|mailto):/.test(link))) {
      const [file = '', anchor] = link.split('#')
      const target = file === '' ? path : normalize(join(dirname(path), file))
      t.ok(await exists(target), `${path}: ${link}`)
      if (anchor !== undefined) t.ok(anchorsOf(textOf(target)).has(anchor), `${path}: ${link}`)
      followed++
    }
  }
  t.ok(followed > 150, `${followed} links`)
})

t.test('the index names every page of docs', async t => {
  const named = linksOf(textOf('docs/README.md'))
  const own = pages.filter(({ path }) => path.startsWith('docs/') && path !== 'docs/README.md')
  for (const { path } of own) t.ok(named.includes(path.slice('docs/'.length)), path)
})

t.test('troubleshooting explains every problem code', async t => {
  const page = textOf('docs/troubleshooting.md')
  for (const [code, status] of Object.entries(statuses)) {
    const section = page.split(`### ${code}\n`)[1]?.split('\n#')[0] ?? ''
    t.ok(section.trim().startsWith(`${status}. `), `${code} with its status ${status}`)
    t.ok(section.length > 60, `${code} is explained`)
  }
  const explained = [...page.matchAll(/^### (.+)$/gm)].map(([, code]) => code)
  t.strictSame(
    explained.filter(code => !(code! in statuses)),
    [],
    'there are no other codes',
  )
})

t.test('the page about the command line explains every command', async t => {
  const explained = [...textOf('docs/command-line.md').matchAll(/^\| `darkroom ([a-z -]+)` \|/gm)]
  const commands = await loadCommands()
  t.strictSame(explained.map(([, name]) => name).sort(), commands.map(({ name }) => name).sort())
})

t.test('the README is short', async t => {
  const words = proseOf(textOf('README.md'))
    .replaceAll(/!\[[^\]]*\]\([^)]*\)|<[^>]*>/g, '')
    .split(/\s+/)
    .filter(word => /\w/.test(word))
  t.ok(words.length <= 900, `${words.length} words`)
})

t.test('files that are named for contributors exist', async t => {
  for (const path of ['ARCHITECTURE.md', 'CONTRIBUTING.md']) {
    const named = [
      ...textOf(path).matchAll(/`([\w.-]+(?:\/[\w.*<>-]+)+\/?|[\w.-]+\.(?:ts|md|json|yaml|conf|js))`/g),
    ]
    const paths = named.map(([, name = '']) => name).filter(name => !/[<>*]|^\d/.test(name))
    t.ok(paths.length > 5, `${path} names ${paths.length} files`)
    for (const name of paths) t.ok(await exists(name), `${path}: ${name}`)
  }
})

t.test('the architecture shows every room', async t => {
  const folders = await readdir(join(root, 'service'), { withFileTypes: true })
  const drawing = textOf('ARCHITECTURE.md')
  for (const { name } of folders.filter(entry => entry.isDirectory()))
    t.match(drawing, new RegExp(`\\b${name}\\b`), name)
})

t.test('every link to the repository is the one in package.json', async t => {
  const { repository, homepage, bugs } = JSON.parse(await read('package.json'))
  const address = repository.url.replace(/^git\+/, '').replace(/\.git$/, '')
  t.equal(homepage, `${address}#readme`)
  t.equal(bugs.url, `${address}/issues`)
  const others = pages.flatMap(({ path, text }) =>
    [...text.matchAll(/https:\/\/github\.com\/[\w-]+\/darkroom\b/g)]
      .filter(([url]) => url !== address)
      .map(() => path),
  )
  t.strictSame(others, [])
})
