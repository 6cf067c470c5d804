import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { openDatabase } from '../../metadata/database.ts'
import { createLogger } from '../../telemetry/logger.ts'
import { build, type Environment, newEnvironment } from '../support/build.ts'
import { sweep } from '../support/chores.ts'
import { freePort } from '../support/free-port.ts'
import { photo } from '../support/pictures.ts'
import { endOf, heard, start, stop } from '../support/program.ts'
import { callJson, openSession, read } from '../support/session.ts'
import t, { type Test } from '../support/tap.ts'
import { until } from '../support/until.ts'

const picture = await photo(200, 100).jpeg().toBuffer()
const pageSize = 1_000
const images = 8 * pageSize

/** Starts a service process. `kill` ends it at once, as a crash does. */
async function serve(t: Test, environment: Environment) {
  const child = start(['serve'], environment)
  t.teardown(() => stop(child))
  const ended = endOf(child)
  await heard(child.stdout, 'Next: sign in').catch(async error => {
    throw new Error(`${error.message} ${(await ended).stderr}`)
  })
  const kill = async () => {
    child.kill('SIGKILL')
    await ended
  }
  return { url: `http://127.0.0.1:${environment.PORT}`, kill }
}

/** Adds copies of an image's row, with a tag and a derivative each. Rows without objects suffice. */
const copyStatements = [
  `insert into images (id, user_id, state, title, tags, extension, format, width, height, pages, bytes, sha256)
   select 'copy' || lpad(number::text, 8, '0'), user_id, state, title, '{many}', extension, format, width, height,
     pages, bytes, sha256 from images, generate_series(1, ${images}) as number where images.id = $1`,
  `insert into derivatives (user_id, image_id, file_name, format, width, height, bytes, etag, variant, cost_ms)
   select user_id, id, id || '.png', 'png', 1, 1, 1, 'e', 'final', 1 from images
   where tags = '{many}' and user_id = (select user_id from images where id = $1)`,
]

t.test('kill -9 in the middle of a purge and of a user deletion: other processes go on', async t => {
  const environment = await newEnvironment(t, {
    DARKROOM_ADMIN_EMAIL: 'admin@example.com',
    DARKROOM_ADMIN_PASSWORD: 'a password of the admin',
  })
  const first = await serve(t, environment)
  const database = openDatabase({ url: environment.DATABASE_URL!, logger: createLogger('silent') })
  t.teardown(() => database.close())
  const admin = await openSession(first.url, {
    email: environment.DARKROOM_ADMIN_EMAIL!,
    password: environment.DARKROOM_ADMIN_PASSWORD!,
  })
  const leaver = { email: 'leaver@example.com', password: 'a password of the leaver' }
  const { id: leaverId } = await read<{ id: string }>(
    await callJson(admin, 'POST', '/api/v1/users', { ...leaver, role: 'member' }),
    201,
  )
  const { id: gone } = await (await openSession(first.url, leaver)).upload(picture)
  const { id: own } = await admin.upload(picture)
  for (const statement of copyStatements) await database.query(statement, [own])
  await database.query(
    `insert into images (id, user_id, state, title, tags, extension, format, width, height, pages, bytes, sha256)
     select 'gone' || number, user_id, state, title, tags, extension, format, width, height, pages, bytes, sha256
     from images, generate_series(10000000, 10000000 + 12 * ${pageSize}) as number where images.id = $1`,
    [gone],
  )
  type Row = { kind: string; state: string; done: number; total: number; position: { after?: string } }
  const tasks = async () => {
    const rows = await database.query<Row>(
      `select kind, state, done, total, position from tasks where kind in ('purge', 'user-deletion')`,
    )
    return new Map(rows.map(row => [row.kind, row]))
  }
  await read(await callJson(admin, 'POST', '/api/v1/purge', { tag: 'many' }), 202)
  await admin.get(`/api/v1/users/${leaverId}`, { method: 'DELETE' })
  await until('both are in progress', 30_000, async () => {
    const rows = [...(await tasks()).values()]
    return rows.length === 2 && rows.every(({ done }) => done > 0)
  })
  await first.kill()
  const killed = await tasks()
  const { done, position } = killed.get('purge')!
  t.ok(
    done < images && (killed.get('user-deletion')?.state ?? 'done') !== 'done',
    `${done} images were purged`,
  )
  const purged = await database.query<{ count: number }>('select count(*) from images where purges > 0')
  t.ok(purged[0]!.count - done <= pageSize, 'the position is at most one page behind')

  // two processes, which must not disturb each other
  const ports = [environment, { ...environment, PORT: String(await freePort()) }]
  await Promise.all(ports.map(one => serve(t, one)))
  await until('both are done', 60_000, async () =>
    [...(await tasks()).values()].every(({ state }) => state === 'done'),
  )
  t.match((await tasks()).get('purge'), { done: images, total: images })
  const counts = await database.query<{ purges: number; ahead: boolean; count: number }>(
    `select purges, id > $1 as ahead, count(*) from images where tags = '{many}' group by 1, 2`,
    [position.after],
  )
  const again = counts.filter(({ purges }) => purges > 2)
  t.ok(
    again.every(({ ahead }) => ahead),
    'no page before the position was purged again',
  )
  t.ok(
    again.reduce((sum, { count }) => sum + count, 0) <= pageSize,
    'at most the page of the crash was repeated',
  )
  t.strictSame(
    await database.query(
      'select file_name from derivatives union all select id from images where purge_pending is not null',
    ),
    [],
  )
  t.strictSame(
    await database.query(
      'select id from users where id = $1 union all select id from images where user_id = $1',
      [leaverId],
    ),
    [],
  )
  const objects = await readdir(join(environment.DARKROOM_DATA_DIR!, 'objects'), { recursive: true })
  t.strictSame(
    objects.filter(path => path.includes(`${gone}`)),
    [],
  )
})

t.test('a chore that fails does not stop the others, and tells why', async t => {
  const bench = await build(t)
  const { database } = bench.app
  await database.query(`update sessions set expires_at = now() - interval '1 second'`)
  await database.query('alter table login_attempts rename to login_attempts_away')
  await sweep(bench)
  t.strictSame(await database.query('select id from sessions'), [])
  const state = `select code, finished_at is null as never from tasks where kind = $1`
  t.strictSame(await database.query(state, ['expired-login-attempts']), [{ code: 'internal', never: true }])
  t.strictSame(await database.query(state, ['expired-sessions']), [{ code: null, never: false }])
  await database.query('alter table login_attempts_away rename to login_attempts')
  await sweep(bench)
  t.strictSame(await database.query(state, ['expired-login-attempts']), [{ code: null, never: false }])
  const ages = [...(await bench.app.metrics.text()).matchAll(/^darkroom_chore_age_seconds\{name="(\S+)"\}/gm)]
  t.strictSame(ages.map(([, name]) => name).sort(), [...bench.app.jobs.tasks.chores].sort())
})
