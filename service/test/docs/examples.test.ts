import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { administrator } from '../support/administrator.ts'
import { build } from '../support/build.ts'
import { root } from '../support/containers.ts'
import { type Block, blocksOf } from '../support/markdown.ts'
import { photo as drawPhoto } from '../support/pictures.ts'
import { findObstacle } from '../support/services/debian.ts'
import { callJson, read } from '../support/session.ts'
import t, { type Test } from '../support/tap.ts'
import { differenceOf } from './expectation.ts'
import { fileNameOf, PageRunner } from './page-runner.ts'
import { type Page, readPages } from './pages.ts'
import { startSite } from './site.ts'

/** Why a block is not run: pages mark it as `not-run=<reason>`. */
const reasons: Readonly<Record<string, string>> = {
  install: 'it installs or starts Darkroom itself: serve.test.ts starts the same command',
  suite: 'it runs the tests or the benchmark, which are not run inside of themselves',
  erase: 'it deletes an account: user-deletion.test.ts does the same',
  restore: 'it replaces the data of a service: backup.test.ts does the same',
  docker: 'it needs a Docker daemon: containers.test.ts reads compose.yaml and the Dockerfile',
  kubernetes: 'it needs a cluster: kubernetes.test.ts validates the manifests',
  systemd: 'it needs systemd as the first process: systemd.test.ts checks the units',
  nginx: 'it acts in the container of nginx: edge.test.ts puts the same nginx.conf before two processes',
  cloud: 'it calls a provider in the internet',
  framework:
    'it is built by a framework that is not installed here: frameworks.test.ts calls the same exports',
  sample: 'it is a pattern to begin with, not a program',
}

// on a busy machine, the examples take long
t.setTimeout(300_000)
const address = 'http://127.0.0.1:8080'
const password = 'a password of the documentation'
const runnable = ['sh', 'js']
/** Languages of blocks that are shown on a page, but not run. */
const shown = ['text', 'json', 'http', 'html', 'nginx', 'env', 'mermaid', 'sql', 'yaml']

const notRun = (infoWords: readonly string[]) =>
  infoWords.find(word => word.startsWith('not-run='))?.slice('not-run='.length) ?? ''
const isRun = ({ language, infoWords }: Block) => runnable.includes(language) && notRun(infoWords) === ''
/** Whether an output shows that the service refuses something. */
const showsRefusal = (output: string) =>
  /^(?:HTTP\/1\.1 |\d{3} )?[45]\d\d\b|"status": [45]\d\d\b/m.test(output)

const pages = await readPages()
const missing = await findObstacle({ programs: ['bash', 'curl', 'jq'], packages: ['bash', 'curl', 'jq'] })
if (missing && process.env.CI === 'true') throw new Error(`No shell to run the examples with: ${missing}`)

const site = await startSite(t)
const bench = await build(t, {}, site.network)
const folder = await mkdtemp(fileURLToPath(new URL('../../../docs-examples-', import.meta.url)))
t.teardown(() => rm(folder, { recursive: true, force: true }))
/** A photo of its own for each page: a takedown on one page removes the same content of every user. */
const photoFor = (path: string) =>
  drawPhoto(1200, 800)
    .withExif({ IFD0: { ImageDescription: path } })
    .jpeg()
    .toBuffer()

t.test('every block is of a kind that is known', async t => {
  for (const { path, text } of pages) {
    for (const { language, infoWords, line } of blocksOf(text)) {
      const place = `${path}:${line}`
      const isKnown = runnable.includes(language) || shown.includes(language)
      t.ok(isKnown || notRun(infoWords), `${place}: a block of ${language || 'no language'} is run or marked`)
      for (const word of infoWords) t.ok(notRun([word]) in reasons, `${place}: ${word} names a reason`)
    }
  }
})

t.test('every example runs and prints what its page shows', { skip: missing ?? false }, async t => {
  const withExamples = pages.filter(({ text }) => blocksOf(text).some(isRun))
  t.ok(withExamples.length > 15, `${withExamples.length} pages have examples`)
  t.jobs = 3
  for (const page of withExamples) t.test(page.path, async t => runPage(t, page))
})

async function runPage(t: Test, { path, text }: Page): Promise<void> {
  const runner = new PageRunner(...(await prepare(path)))
  t.teardown(() => runner.stop())
  const blocks = blocksOf(translated(text))
  for (const [at, block] of blocks.entries()) {
    if (!isRun(block)) continue
    const next = blocks[at + 1]
    const output = next && shown.includes(next.language) && next.infoWords.length === 0 ? next : undefined
    const expectsFailure = showsRefusal(output?.code ?? '')
    const { printed, error } = await runner.run(block, expectsFailure)
    const difference =
      error ?? (output && !fileNameOf(block.code) && differenceOf(output.language, output.code, printed))
    t.equal(difference, undefined, `${path}:${block.line}`, { printed })
    // later blocks need the variables of this one
    if (error !== undefined) return
  }
}

/** A page with the addresses and the password of this test. */
const translated = (text: string) =>
  text
    .replaceAll(address, bench.url)
    .replaceAll('https://photos.example.org', site.url)
    .replaceAll('https://hooks.example.org', site.url.replace('photos.example.org', '127.0.0.1'))
    .replaceAll('<the printed password>', password)

/** Creates a folder with the files of a page, and a user. Returns the folder and the variables of the first block. */
async function prepare(path: string): Promise<[folder: string, variables: Record<string, string>]> {
  const own = join(folder, path.replaceAll(/\W/g, '-'))
  const bin = join(own, 'bin')
  await mkdir(bin, { recursive: true })
  await writeFile(join(own, 'photo.jpg'), await photoFor(path))
  await writeFile(join(bin, '.curlrc'), 'fail-with-body\n')
  await writeFile(join(bin, 'npx'), npx)
  await chmod(join(bin, 'npx'), 0o755)
  const { PATH = '' } = process.env
  const common = { ...bench.environment, PATH: `${bin}:${PATH}`, HOME: own }
  return [own, { ...common, ...(await accountOf(path)) }]
}

/** `npx darkroom …` without npm, which would look for the package. */
const npx = `#!/bin/sh
[ "$1" = -- ] && shift
[ "$1" = darkroom ] && shift
exec '${process.execPath}' '${join(root, 'dist/program/darkroom.cjs')}' "$@"
`

/** The account of a reader after docs/getting-started.md: an administrator, an API key and an image. */
async function accountOf(path: string): Promise<Record<string, string>> {
  const isFirst = path === 'docs/getting-started.md'
  const email = isFirst ? 'admin@darkroom.local' : `${path.replaceAll(/\W/g, '-').toLowerCase()}@example.com`
  const session = await administrator(bench, { email, password })
  if (isFirst) return {}
  const scopes = ['images:read', 'images:write', 'sign', 'keys', 'usage', 'admin']
  const made = await callJson(session, 'POST', '/api/v1/api-keys', { name: 'docs', scopes })
  const { secret } = await read<{ secret: string }>(made, 201)
  const image = await session.upload(await photoFor(path), { title: 'A boat', tags: 'sea' })
  const auth = `Authorization: Bearer ${secret}`
  return { base: bench.url, email, key: secret, auth, user: session.userId, image: image.id }
}
