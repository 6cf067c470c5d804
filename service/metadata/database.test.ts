import { createLogger } from '../telemetry/logger.ts'
import { migratedDatabase } from '../test/support/services/postgres.ts'
import t from '../test/support/tap.ts'
import { parseMasterKey } from './config.ts'
import { openDatabase } from './database.ts'

const logger = createLogger('silent')
const db = await migratedDatabase(t)

t.test('int8 is returned as a number', async t => {
  t.same(await db.query('select 9007199254740991::int8 as size'), [{ size: Number.MAX_SAFE_INTEGER }])
})

t.test('a failing transaction is rolled back as a whole', async t => {
  await db.query('create table pairs (value integer primary key)')
  const insert = 'insert into pairs values ($1)'
  await db.transaction(async tx => {
    await tx.query(insert, [1])
    await tx.query(insert, [2])
  })
  const doubled = db.transaction(async tx => {
    await tx.query(insert, [3])
    await tx.query(insert, [1])
  })
  await t.rejects(doubled, { code: '23505' })
  t.same(await db.query('select value from pairs order by value'), [{ value: 1 }, { value: 2 }])
})

t.test('a connection lost in a transaction is unavailable, and the pool recovers', async t => {
  const cut = db.transaction(tx => tx.query('select pg_terminate_backend(pg_backend_pid())'))
  await t.rejects(cut, { code: 'unavailable' })
  await db.check(AbortSignal.timeout(5_000))
})

t.test('a server that is read only during a failover is unavailable', async t => {
  const write = db.transaction(async tx => {
    await tx.query('set transaction read only')
    await tx.query('create table late (value integer)')
  })
  await t.rejects(write, { code: 'unavailable' })
})

t.test('an unreachable server is unavailable, with its cause', async t => {
  const unreachable = openDatabase({ url: 'postgres://user:x@127.0.0.1:1/none', logger })
  t.teardown(() => unreachable.close())
  await t.rejects(unreachable.query('select 1'), { code: 'unavailable', cause: { code: 'ECONNREFUSED' } })
  await t.rejects(
    unreachable.transaction(tx => tx.query('select 1')),
    { code: 'unavailable' },
  )
})

t.test('the readiness check stops when its signal aborts', async t => {
  const stop = new AbortController()
  const waiting = db.check(stop.signal)
  stop.abort(new Error('aborted'))
  await t.rejects(waiting, { message: 'aborted' })
})

t.test('text with a NUL character is a bad request', async t => {
  await t.rejects(db.query('select $1::text', ['a\0b']), { code: 'bad-request' })
})

t.test('a row of a user who was deleted is not found', async t => {
  const insert = `insert into presets (user_id, name, operations, eager) values ('nobody00', 'flipped', 'flip', false)`
  await t.rejects(db.query(insert), { code: 'not-found', message: 'there is no such user' })
})

t.test('a master key must be 32 bytes in base64', async t => {
  const key = Buffer.alloc(32, 0xfb)
  t.same(parseMasterKey(key.toString('base64')), key)
  t.same(parseMasterKey(key.toString('base64url')), key)
  for (const bad of ['', 'short', Buffer.alloc(31).toString('base64'), `${key.toString('base64')}\n`]) {
    t.throws(() => parseMasterKey(bad), { message: /DARKROOM_MASTER_KEY/ })
  }
})
