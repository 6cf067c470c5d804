import { migratedDatabase } from '../test/support/services/postgres.ts'
import t from '../test/support/tap.ts'
import { createTestUser } from './records.test.data.ts'
import { TaskEndRepository } from './task-ends.ts'
import { TaskListRepository } from './task-list.ts'
import { TaskRepository } from './tasks.ts'

const db = await migratedDatabase(t)
const tasks = new TaskRepository(db)
const ends = new TaskEndRepository(db)
const list = new TaskListRepository(db)
const claim = { kinds: ['purge', 'chore'], leaseMs: 60_000, overdueMs: 0 }
const outage = { code: 'unavailable', detail: 'the store does not answer' } as const

let keys = 0
const create = (userId: string | null, subject = '') =>
  tasks.create({ kind: 'purge', key: `key${keys++}`, userId, subject, payload: {} })

t.beforeEach(async () => {
  await db.query('delete from tasks')
})

t.test('at most one unfinished task has the same key', async t => {
  const task = { kind: 'purge', key: 'same', userId: null, subject: '', payload: { tag: 'red' } }
  const id = await tasks.create(task)
  t.equal(await tasks.create(task), id)
  t.match(await tasks.claim({ ...claim, overdueMs: 1_000 }), undefined, 'others may take it first')
  t.equal(
    await tasks.claim({ ...claim, kinds: ['chore'] }),
    undefined,
    'kinds of other versions are left alone',
  )
  const held = (await tasks.claim(claim))!
  t.match(held, { id, state: 'running', payload: { tag: 'red' }, position: null, attempts: 0 })
  t.equal(await tasks.advance(held, { next: { after: 'a' }, done: 10, total: 30 }), true)
  await ends.end(held, { isComplete: true, done: 20 })
  t.match(await db.query('select state, done, total from tasks'), [{ state: 'done', done: 30, total: 30 }])
  t.not(await tasks.create(task), id)
})

t.test('of each user one task is taken at a time, the earliest first', async t => {
  const [ann, eve] = [await createTestUser(db), await createTestUser(db)]
  const ids = [
    await create(ann, 'a1'),
    await create(ann, 'a2'),
    await create(eve, 'e1'),
    await create(null, 'n1'),
  ]
  t.equal(new Set(ids).size, 4)
  const taken = [await tasks.claim(claim), await tasks.claim(claim), await tasks.claim(claim)]
  t.strictSame(taken.map(task => task?.subject).sort(), ['a1', 'e1', 'n1'])
  t.equal(await tasks.claim(claim), undefined)
  await ends.end(taken.find(task => task?.subject === 'a1')!, { isComplete: false })
  await tasks.create({ kind: 'of a later version', key: '', userId: ann, subject: '', payload: {} })
  await create(ann, 'a3')
  const next = (await tasks.claim(claim))!
  t.equal(next.subject, 'a2')
  await ends.end(next, { isComplete: false })
  t.match(await tasks.claim(claim), { subject: 'a3' }, 'a task of an unknown kind holds none up')
})

t.test('remote tasks hold up no other task of their user, and only each other', async t => {
  const ann = await createTestUser(db)
  const remote = (key: string) =>
    tasks.create({ kind: 'import', key, userId: ann, subject: key, payload: {} })
  for (const key of ['i1', 'i2']) await remote(key)
  await create(ann, 'p1')
  const all = { ...claim, kinds: ['purge', 'import'], remoteKinds: ['import'] }
  const taken = [await tasks.claim(all), await tasks.claim(all)]
  t.strictSame(taken.map(task => task?.subject).sort(), ['i1', 'p1'])
  t.equal(await tasks.claim(all), undefined)
  await tasks.release(taken.find(task => task?.subject === 'i1')!, 60_000)
  t.match(await tasks.claim(all), { subject: 'i2' }, 'one that pauses lets the next one go first')
  t.equal(await tasks.claim(all), undefined)
})

t.test('a released task is taken after the others that are due', async t => {
  const [first, second] = [await create(null), await create(null)]
  await db.query(`update tasks set due_at = now() - interval '1 s' where id = $1`, [first])
  const held = (await tasks.claim(claim))!
  t.equal(held.id, first)
  await tasks.release(held)
  t.match(await tasks.claim(claim), { id: second })
  t.match(await tasks.claim(claim), { id: first, attempts: 0 })
})

t.test('another process takes the task of one that died, which cannot change it any more', async t => {
  await create(null)
  const dead = (await tasks.claim({ ...claim, leaseMs: -1 }))!
  const heir = (await tasks.claim(claim))!
  t.match(heir, { id: dead.id, attempts: 1 })
  t.equal(await tasks.renew(dead, 1_000), false)
  t.equal(await tasks.advance(dead, { next: 'late', done: 1 }), false)
  await tasks.postpone(dead, outage, { attempts: 9, waits: 9, delayMs: 0 })
  await ends.end(dead, { isComplete: false })
  t.equal(await tasks.renew(heir, 1_000), true)
  t.equal(await tasks.advance(heir, { next: 'next', done: 1 }), true)
  t.match(await db.query('select * from tasks'), [
    { state: 'running', position: 'next', done: 1, attempts: 0, waits: 0 },
  ])
})

t.test('a task that repeats starts from the beginning, and remembers its last complete run', async t => {
  await tasks.startRepeating(['chore'])
  await tasks.startRepeating(['chore'])
  const run = (await tasks.claim(claim))!
  await tasks.startRepeating(['chore'])
  t.equal(await tasks.claim(claim), undefined, 'it is not started a second time while it runs')
  await tasks.advance(run, { next: { after: 'a' }, done: 1 })
  await ends.repeat(run, 60_000, { isComplete: true })
  t.equal(await tasks.claim(claim), undefined, 'it is not due')
  await tasks.startRepeating(['chore'])
  const again = (await tasks.claim(claim))!
  t.match(again, { id: run.id, position: null, done: 0, finishedAt: Date })
  await db.query(`update tasks set finished_at = now() - interval '1 hour'`)
  await ends.repeat(again, 60_000, { isComplete: false, failure: outage })
  const age = async () => (await list.agesOf(['chore'])).chore!
  const failed = await age()
  t.ok(failed >= 3_600 && failed < 3_700, `a run that was given up does not count: ${failed} s`)
  t.match(await db.query('select code, state from tasks'), [{ code: 'unavailable', state: 'waiting' }])
  await tasks.startRepeating(['chore'])
  const last = (await tasks.claim(claim))!
  await ends.repeat(last, 60_000, { isComplete: true, failure: outage })
  t.ok((await age()) < 100, 'a run with items that failed counts')
  t.match(await db.query('select code, state from tasks'), [{ code: 'unavailable', state: 'waiting' }])
})

t.test('finished tasks are deleted after a week, in batches, and beyond 200 of a user', async t => {
  const user = await createTestUser(db)
  await db.query(
    `insert into tasks (id, kind, key, user_id, subject, payload, state, finished_at)
     select 'done00' || number, 'purge', number, $1, '', '{}', 'done', now() - number * interval '1 hour'
     from generate_series(1, 250) as number`,
    [user],
  )
  await create(user)
  await ends.end((await tasks.claim(claim))!, { isComplete: false }, { code: 'internal', detail: 'it broke' })
  const count = async () => (await db.query('select id from tasks')).length
  t.equal(await count(), 200)
  t.match(await db.query(`select detail from tasks where state = 'failed'`), [{ detail: 'it broke' }])
  t.equal(await ends.sweep(20), 20)
  t.equal(await ends.sweep(20), 12)
  await db.query(
    `insert into tasks (id, kind, key, subject, payload, state, finished_at)
     select 'items' || 10 + number, 'import', number, '', '{}', 'done', now() - interval '8 days'
     from generate_series(1, 12) as number`,
  )
  await db.query(
    `insert into import_items (task_id, number, url, labels, image_id) select id, 0, '', '{}', '' from tasks where kind = 'import'`,
  )
  t.equal(await ends.sweep(20), 20, 'few of those with items are deleted at once')
  t.equal(await ends.sweep(20), 2)
  t.strictSame(await db.query('select from import_items'), [])
  t.equal(await count(), 168)
})

t.test('tasks are listed with their owner, and can be retried and cancelled', async t => {
  const [ann, eve] = [await createTestUser(db), await createTestUser(db)]
  const [first, second] = [await create(ann, 'first'), await create(ann, 'second')]
  const foreign = await create(eve, 'foreign')
  await tasks.startRepeating(['chore'])
  // what is created within a moment has no order
  for (const [index, subject] of ['first', 'second', 'foreign', ''].entries())
    await db.query(`update tasks set created_at = now() + $2 * interval '1 s' where subject = $1`, [
      subject,
      index,
    ])
  const subjects = async (userId: string | null) =>
    (await list.list(userId, ['chore'], { limit: 100 })).items.map(({ subject }) => subject)
  t.strictSame(await subjects(ann), ['first', 'second'])
  t.strictSame(await subjects(null), ['first', 'second', 'foreign'], 'a chore that works is not listed')
  const chore = (await tasks.claim({ ...claim, kinds: ['chore'] }))!
  await tasks.postpone(chore, outage, { attempts: 1, waits: 0, delayMs: 60_000 })
  t.strictSame(await subjects(null), ['first', 'second', 'foreign', ''], 'a chore that fails is')
  t.equal(await list.find(eve, first), undefined)
  t.match(await list.find(null, first), { subject: 'first' })

  t.equal(await list.cancel(foreign), true)
  t.equal(await list.retry(first), false, 'it has not failed')
  const failed = (await tasks.claim(claim))!
  await tasks.advance(failed, { next: 'half', done: 1 })
  await ends.end(failed, { isComplete: false }, outage)
  t.strictSame(await subjects(ann), ['second', 'first'], 'unfinished tasks come first')
  t.equal(await list.retry(first), true)
  const again = (await tasks.claim(claim))!
  t.match(again, { id: first, position: 'half', done: 1, attempts: 0, finishedAt: null })
  await ends.end(again, { isComplete: true, done: 2, total: 4 }, outage)
  t.equal(await list.retry(first), true)
  const anew = (await tasks.claim(claim))!
  t.match(anew, { id: first, position: null, done: 0, total: null }, 'one with failed items starts over')
  t.equal(await list.cancel(first), true)
  t.equal(await tasks.renew(anew, 60_000), false)
  t.equal(await list.cancel(first), false)
  t.match(await list.find(ann, first), { state: 'cancelled' })
  t.match(await tasks.claim(claim), { id: second })
})

t.test('tasks are listed in pages: unfinished ones, then those that ended', async t => {
  const ann = await createTestUser(db)
  await db.query(
    `insert into tasks (id, kind, key, user_id, subject, payload, state, created_at, finished_at)
     select 'paged0' || number, 'purge', number, $1, number, '{}', state, now() + (number + 1) / 2 * interval '1 s',
       case when state = 'done' then now() + (number + 1) / 2 * interval '1 s' end
     from generate_series(1, 9) as number, lateral (select case when number < 5 then 'waiting' else 'done' end as state)`,
    [ann],
  )
  await create(null, 'of no user')
  const walk = async (userId: string | null, limit: number) => {
    const subjects: string[] = []
    let cursor: string | undefined
    do {
      const page = await list.list(userId, [], { limit, cursor })
      subjects.push(...page.items.map(({ subject }) => subject))
      cursor = page.nextCursor ?? undefined
    } while (cursor !== undefined)
    return subjects.join(' ')
  }
  for (const limit of [1, 2, 3, 4, 9, 10])
    t.equal(await walk(ann, limit), '1 2 3 4 9 8 7 6 5', `${limit} a page`)
  t.equal(await walk(null, 2), 'of no user 1 2 3 4 9 8 7 6 5')
  await t.rejects(list.list(ann, [], { limit: 1, cursor: 'eyJhdCI6MX0' }), { code: 'bad-request' })
})
