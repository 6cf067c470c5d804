import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createLogger } from '../telemetry/logger.ts'
import { emptyDatabase } from '../test/support/services/postgres.ts'
import t from '../test/support/tap.ts'
import { openDatabase } from './database.ts'
import { migrate } from './migrate.ts'

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

t.test('a database that is newer than the code is refused', async t => {
  await rm(new URL('0003-three.sql', folder))
  await t.rejects(migrate({ url, logger, folder }), { message: /newer than this version.*0003-three\.sql/ })
})

t.test('a gap in the numbers is refused', async t => {
  await write('0004-four.sql', 'select 1')
  await t.rejects(migrate({ url, logger, folder }), { message: /0004-four\.sql is not named 0003/ })
})
