import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parse } from 'yaml'
import { read, root } from '../support/containers.ts'
import t from '../support/tap.ts'

/** The part of a GitHub workflow that the tests read. */
interface Workflow {
  readonly permissions?: Readonly<Record<string, string>>
  readonly on: unknown
  readonly jobs: Readonly<Record<string, { readonly steps: readonly { readonly uses?: string }[] }>>
}

const workflows = '.github/workflows'

t.test('a release lists the licences of all packages, and each was accepted', async t => {
  const { collectLicences } = await import(pathToFileURL(join(root, 'config/licences.js')).href)
  const { text, names, mistakes } = collectLicences(root)
  t.strictSame(mistakes, [])
  const { dependencies } = JSON.parse(await read('package.json'))
  for (const name of [...Object.keys(dependencies), 'preact', 'uplot', '@vladmandic/face-api'])
    t.ok(names.includes(name), name)
  for (const name of ['typescript', 'tap']) t.notOk(names.includes(name), name)
  for (const part of ['libde265: LGPL', 'PDFium: ', 'libjxl: ', 'PostgreSQL: ', 'Bitstream Vera'])
    t.ok(text.includes(part), part)
  // the table of @img/sharp-libvips
  t.match(text, /\| libvips +\| LGPLv3/)
})

t.test('the package has no file that differs from build to build', async t => {
  const { files } = JSON.parse(await read('package.json'))
  for (const pattern of ['!dist/.built*', '!dist/.tsbuildinfo']) t.ok(files.includes(pattern), pattern)
})

t.test('workflows may only read, unless a job needs more, and never trust a pull request', async t => {
  for (const name of await readdir(join(root, workflows))) {
    const workflow: Workflow = parse(await read(join(workflows, name)))
    t.strictSame(workflow.permissions, { contents: 'read' }, name)
    t.notOk(Object.keys(workflow.on ?? {}).includes('pull_request_target'), name)
    for (const { steps } of Object.values(workflow.jobs))
      for (const { uses } of steps) t.match(uses ?? '@v1', /@(v\d+(\.\d+)*|[0-9a-f]{40})$/)
  }
})

t.test('Dependabot updates what is pinned', async t => {
  const { updates } = parse(await read('.github/dependabot.yml'))
  const ecosystems = updates.map((one: { 'package-ecosystem': string }) => one['package-ecosystem'])
  t.strictSame(ecosystems.sort(), ['docker', 'docker-compose', 'github-actions', 'npm'])
})
