import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import pg from 'pg'
import { createLogger } from '../telemetry/logger.ts'
import { emptyDatabase } from '../test/support/services/postgres.ts'
import t from '../test/support/tap.ts'
import { until } from '../test/support/until.ts'
import { openDatabase } from './database.ts'
import { finishMigrations, migrate, readSchemaStatus } from './migrate.ts'

const logger = createLogger('silent')
const url = await emptyDatabase(t)
const db = openDatabase({ url, logger })
t.teardown(() => db.close())

const directory = await mkdtemp(join(tmpdir(), 'darkroom-migrations-'))
t.teardown(() => rm(directory, { recursive: true }))
const folder = pathToFileURL(`${directory}/`)
const write = (name: string, sql: string) => writeFile(new URL(name, folder), sql)
const numbers = async () =>
  (await db.query<{ number: number }>('select number from migrations order by number')).map(row => row.number)

t.test('concurrent processes apply each migration once', async t => {
  await write('0001-one.sql', 'create table one (id integer); select pg_sleep(0.1)')
  await write('0002-two.sql', 'alter table one add column two integer')
  await Promise.all([migrate({ url, logger, folder }), migrate({ url, logger, folder })])
  t.same(await numbers(), [1, 2])
})

t.test('a failing migration is rolled back', async t => {
  await write('0003-three.sql', 'create table three (id integer); select 1 / 0')
  await t.rejects(migrate({ url, logger, folder }), { code: '22012' })
  t.same(await numbers(), [1, 2])
  await write('0003-three.sql', 'create table three (id integer)')
  await migrate({ url, logger, folder })
  t.same(await numbers(), [1, 2, 3])
})

t.test('an edited migration is rejected, different line endings are not', async t => {
  await write('0002-two.sql', 'alter table one add column two bigint')
  await t.rejects(migrate({ url, logger, folder }), { message: /0002-two\.sql was edited/ })
  await write('0002-two.sql', 'alter table one add column two integer')
  await migrate({ url, logger, folder })
})

t.test('an older version works with a newer database, unless a migration needs a later version', async t => {
  await write('0004-four.sql', 'create table four (id integer)')
  await migrate({ url, logger, folder })
  await rm(new URL('0004-four.sql', folder))
  t.same(await migrate({ url, logger, folder }), [])
  t.same((await readSchemaStatus({ url, logger, folder })).applied.at(-1), '0004-four.sql')

  await db.query('alter table migrations add column needs integer not null default 0')
  t.same(await migrate({ url, logger, folder }), [], 'no migration needs a version')
  await write('0004-four.sql', 'create table four (id integer)')
  await write('0005-five.sql', '-- needs 0004\nalter table one drop column two')
  await migrate({ url, logger, folder })
  await rm(new URL('0005-five.sql', folder))
  t.same(await migrate({ url, logger, folder }), [], 'this version has migration 4')
  await rm(new URL('0004-four.sql', folder))
  await t.rejects(migrate({ url, logger, folder }), { message: /newer than this version.*0005-five\.sql/ })
  await db.query('delete from migrations where number > 3')
  await rm(new URL('0003-three.sql', folder))
})

t.test('a gap in the numbers is refused', async t => {
  await write('0004-four.sql', 'select 1')
  await t.rejects(migrate({ url, logger, folder }), { message: /0004-four\.sql is not named 0003/ })
})

t.test('indexes are built concurrently', async t => {
  const building = async () => (await readSchemaStatus({ url, logger, folder })).building
  const isValid = async () =>
    (
      await db.query<{ valid: boolean }>(
        `select indisvalid as valid from pg_index where indexrelid = to_regclass('one_by_id')`,
      )
    )[0]?.valid
  await rm(new URL('0004-four.sql', folder))
  await write('0003-three.sql', 'create table three (id integer)')
  await write(
    '0004-index.sql',
    `-- concurrently\ncreate unique index concurrently one_by_id on one (id);
     -- when: 1 = 2\ncreate index concurrently never on one (id);`,
  )
  await write('0005-five.sql', 'create table five (id integer)')

  t.test('after the start, while later migrations are applied', async t => {
    t.same(await migrate({ url, logger, folder }), ['0005-five.sql'])
    t.same(await numbers(), [1, 2, 3, 5])
    t.same(await building(), ['0004-index.sql'])
  })

  t.test('again after a failure', async t => {
    await db.query('insert into one values (1), (1)')
    await t.rejects(finishMigrations({ url, logger, folder }), { code: '23505' })
    t.equal(await isValid(), false)
    await db.query('truncate one')
  })

  t.test('again after a stop, which ends the build', async t => {
    const stop = new AbortController()
    await db.transaction(async open => {
      // a build waits for transactions that use the table
      await open.query('insert into one values (2)')
      const built = finishMigrations({ url, logger, folder }, stop.signal)
      await until('the build runs', 20_000, isRunning)
      stop.abort()
      await t.rejects(built, { name: 'AbortError' })
    })
    await until('the build has ended', 20_000, async () => !(await isRunning()))
    t.equal(await isValid(), false)
  })

  t.test('by one process, also when another one waits for its migrations', async t => {
    const results = await Promise.all([1, 2, 3].map(() => finishMigrations({ url, logger, folder })))
    t.same(results.flat(), ['0004-index.sql'])
    t.equal(await isValid(), true)
    t.same(await numbers(), [1, 2, 3, 4, 5])
    t.same(await building(), [])
  })

  t.test('and dropped a day later, when no process of the previous release runs any more', async t => {
    await write('0006-drop.sql', '-- concurrently, a day later\ndrop index concurrently if exists one_by_id;')
    t.same(await finishMigrations({ url, logger, folder }), [])
    t.same(await building(), [])
    t.equal(await isValid(), true)
    await db.query(`update migrations set applied_at = now() - interval '25 hours' where number = 5`)
    t.same(await building(), ['0006-drop.sql'])
    t.same(await finishMigrations({ url, logger, folder }), ['0006-drop.sql'])
    t.equal(await isValid(), undefined)
  })

  t.test('at once in an empty database', async t => {
    const url = await emptyDatabase(t)
    t.equal((await migrate({ url, logger, folder })).length, 6)
  })
  t.end()

  async function isRunning(): Promise<boolean> {
    const found = await db.query(
      `select from pg_stat_activity where datname = current_database() and state = 'active'
         and pid <> pg_backend_pid() and query ~ 'index concurrently'`,
    )
    return found.length > 0
  }
})

t.test('other statements than those of indexes are refused outside of a transaction', async t => {
  await write('0007-seven.sql', '-- concurrently\nupdate one set id = 1;')
  await t.rejects(migrate({ url, logger, folder }), { message: /0007-seven\.sql may only have/ })
})

t.test('reads go on while a migration waits for a table', async t => {
  await write('0007-seven.sql', 'alter table one add column seven integer')
  let migrated: Promise<unknown> | undefined
  let longest = 0
  await db.transaction(async open => {
    await open.query('select from one')
    migrated = migrate({ url, logger, folder })
    for (const end = Date.now() + 1_500; Date.now() < end; ) {
      const begun = Date.now()
      await db.query('select from one')
      longest = Math.max(longest, Date.now() - begun)
    }
  })
  await migrated
  t.ok(longest < 10_000, `a read waits for one attempt at most: ${longest} ms`)
  t.equal((await numbers()).at(-1), 7)
})

t.test(
  'a migration waits for an index build for as long as it takes, and for other transactions not',
  async t => {
    await write('0008-eight.sql', 'alter table one add column eight integer')
    const options = { url, logger, folder, lockMs: 300 }
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    t.teardown(() => client.end())
    const building = async () =>
      (await db.query('select from pg_stat_progress_create_index where datname = current_database()'))
        .length > 0
    const { migrated, built } = await db.transaction(async open => {
      // a build waits for transactions that use the table
      await open.query('insert into one values (3)')
      await t.rejects(migrate(options), { message: /other transactions held a lock .* for 0\.3 s/ })
      const built = client.query('create index concurrently one_slowly on one (id)')
      await until('the build runs', 20_000, building)
      const migrated = migrate(options)
      const result = await Promise.race([migrated, delay(1_200, 'waiting')])
      t.equal(result, 'waiting')
      return { migrated, built }
    })
    await built
    t.same(await migrated, ['0008-eight.sql'])
  },
)
