import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { openDatabase } from '../../metadata/database.ts'
import { createLogger } from '../../telemetry/logger.ts'
import { prepareAdministrator } from '../support/administrator.ts'
import { type Environment, newEnvironment } from '../support/build.ts'
import { startImportSite } from '../support/import-site.ts'
import { photo } from '../support/pictures.ts'
import { heard } from '../support/program.ts'
import { callJson, openSession, read, type ShownImage } from '../support/session.ts'
import t, { type Test } from '../support/tap.ts'
import { until } from '../support/until.ts'

const program = fileURLToPath(new URL('../support/import-service.js', import.meta.url))
const count = 40
const masterKey = randomBytes(32)
const account = { email: 'admin@example.com', password: 'a password of the admin' }

/** Starts a service process. `kill` ends it at once, as a crash does. */
async function serve(t: Test, environment: Environment) {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...environment }
  const child = spawn(process.execPath, [program], { env, stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const kill = async () => {
    child.kill('SIGKILL')
    await ended
  }
  t.teardown(kill)
  await heard(child.stdout, 'listening')
  return { url: `http://127.0.0.1:${environment.PORT}`, kill }
}

t.test('kill -9 in the middle of an import: another process goes on, and imports nothing twice', async t => {
  const picture = await photo(40, 30).png().toBuffer()
  const { url, paths } = await startImportSite(t, (_request, response) => {
    setTimeout(() => response.writeHead(200, { 'content-type': 'image/png' }).end(picture), 30)
  })
  const environment = await newEnvironment(t, {
    DARKROOM_MASTER_KEY: masterKey.toString('base64'),
  })
  const database = openDatabase({ url: environment.DATABASE_URL!, logger: createLogger('silent') })
  t.teardown(() => database.close())
  const first = await serve(t, environment)
  await prepareAdministrator(database, masterKey, account)
  const admin = await openSession(first.url, account)
  const images = Array.from({ length: count }, (_, index) => ({
    url: `${url}/${index}.png`,
    title: `number ${index}`,
    tags: ['imported'],
  }))
  const { taskId } = await read<{ taskId: string }>(
    await callJson(admin, 'POST', '/api/v1/images/imports', { images }),
    202,
  )
  await until('some are imported', 30_000, () => paths.length > 9)
  await first.kill()
  const before = await database.query<{ state: string }>(
    `select state from import_items where state = 'done'`,
  )
  t.ok(before.length < count, `${before.length} of ${count} were imported`)

  const second = await serve(t, environment)
  const session = await openSession(second.url, account)
  let task: { id: string; state: string } | undefined
  await until('all are imported', 60_000, async () => {
    const { tasks } = await read<{ tasks: (typeof task)[] }>(await session.get('/api/v1/jobs'))
    task = tasks.find(each => each?.id === taskId)
    return task?.state === 'done'
  })
  t.match(task, { done: count, total: count, percent: 100, failed: 0 })
  const { items } = await read<{ items: ShownImage[] }>(
    await session.get('/api/v1/images?tag=imported&limit=200'),
  )
  t.strictSame(items.map(({ title }) => title).sort(), images.map(({ title }) => title).sort())
  const { items: results } = await read<{ items: { imageId: string }[] }>(
    await session.get(`/api/v1/images/imports/${taskId}?limit=200`),
  )
  t.strictSame(results.map(({ imageId }) => imageId).sort(), items.map(({ id }) => id).sort())
  const left = `select id from images where state = 'uploading'`
  await until('no upload is left', 10_000, async () => (await database.query(left)).length === 0)
})
