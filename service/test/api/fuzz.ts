import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import type { Scope } from '../../auth/scopes.ts'
import { administrator } from '../support/administrator.ts'
import { type Bench, build } from '../support/build.ts'
import { importPolicy, startImportSite } from '../support/import-site.ts'
import { photo } from '../support/pictures.ts'
import { callJson, read, type Session } from '../support/session.ts'
import t, { allowAnyDuration, skipFile } from '../support/tap.ts'

/** The program, for example in a virtual environment of Python. */
const program = process.env.SCHEMATHESIS ?? 'schemathesis'
/** How long each run takes, in seconds. */
const seconds = process.env.FUZZ_SECONDS ?? '300'
/** A regular expression for the paths that are requested, to look closer at some; absent for all. */
const paths = process.env.FUZZ_PATHS
const folder = fileURLToPath(new URL('../../../../service/test/api/schemathesis/', import.meta.url))

/** Where the reports are written. */
const reports = resolve('dist/api-fuzz')

if (!(await canRun('--version'))) skipFile(`${program} is not installed; see CONTRIBUTING.md`)
allowAnyDuration()
await mkdir(reports, { recursive: true })

async function canRun(...args: string[]): Promise<boolean> {
  const child = spawn(program, args, { stdio: 'ignore' })
  const [code] = await Promise.race([once(child, 'exit'), once(child, 'error').then(() => [1])])
  return code === 0
}

const own: readonly Scope[] = ['images:read', 'images:write', 'sign', 'keys', 'usage']

/** Requests of this user are generated; they have something of every kind. */
async function furnish(t: Test, session: Session, scopes: readonly Scope[]) {
  const picture = await photo(60, 40).png().toBuffer()
  const { id } = await session.upload(picture, { title: 'a picture', tags: 'one,two' })
  await read(await callJson(session, 'PUT', '/api/v1/presets/thumb', { operations: 'resize_w-20' }))
  await read(await callJson(session, 'PUT', '/api/v1/policies/web', { operations: ['resize'] }))
  // another picture: a takedown of an import must not take the image of the paths down
  const imported = await photo(50, 30).png().toBuffer()
  const site = await startImportSite(t, (_, response) => response.end(imported))
  const key = await callJson(session, 'POST', '/api/v1/api-keys', { name: 'generated requests', scopes })
  const { id: keyId, secret } = await read<{ id: string; secret: string }>(key, 201)
  const ids = { FUZZ_USER_ID: session.userId, FUZZ_IMAGE_ID: id, FUZZ_KEY_ID: keyId }
  const environment = { ...ids, FUZZ_SITE: site.url }
  return { secret, environment }
}

async function run(t: Test, bench: Bench, session: Session, scopes: readonly Scope[]): Promise<void> {
  const { secret, environment } = await furnish(t, session, scopes)
  const report = join(reports, scopes.includes('admin') ? 'admin' : 'member')
  const args = [
    '--config-file',
    `${folder}schemathesis.toml`,
    'run',
    `${bench.url}/api/v1/openapi.json`,
    ...['--header', `Authorization: Bearer ${secret}`, '--max-time', seconds],
    ...(paths === undefined ? [] : ['--include-path-regex', paths]),
    ...['--report', 'ndjson', '--report-ndjson-path', `${report}.ndjson`],
  ]
  const env = { ...process.env, ...environment, PYTHONPATH: folder }
  const child = spawn(program, args, { cwd: reports, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const [[code], ...output] = await Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)])
  await writeFile(`${report}.txt`, output.join(''))
  t.equal(code, 0, `nothing was found, see ${report}.txt`)
}

/** What a user has, apart from what the service itself changes. */
async function holdingsOf(session: Session): Promise<Record<string, unknown>> {
  const paths = ['me', 'images', 'presets', 'policies', 'webhooks', 'api-keys', 'signing-keys', 'users']
  const lists = paths.map(async path => {
    const response = await session.get(`/api/v1/${path}`)
    return [
      path,
      JSON.parse((await response.text()).replaceAll(/"(lastUsedAt|thumbhash)":[^,}]*/g, '"$1":0')),
    ]
  })
  return Object.fromEntries(await Promise.all(lists))
}

t.test('requests of a member that are generated from the OpenAPI document', async t => {
  const bench = await build(t, {}, importPolicy)
  const admin = await administrator(bench)
  await furnish(t, admin, own)
  const before = await holdingsOf(admin)
  await run(t, bench, bench, own)
  t.strictSame(await holdingsOf(admin), before, 'nothing of another user has changed')
})

t.test('requests of an administrator that are generated from the OpenAPI document', async t => {
  const bench = await build(t, {}, importPolicy)
  await run(t, bench, await administrator(bench), [...own, 'admin'])
})
