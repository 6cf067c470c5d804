import { migratedDatabase } from '../test/support/services/postgres.ts'
import t from '../test/support/tap.ts'
import { FailedJobRepository, type NewFailedJob } from './failed-jobs.ts'
import { UnfinishedJobRepository } from './unfinished-jobs.ts'
import { UserRepository } from './users.ts'

const db = await migratedDatabase(t)
const failedJobs = new FailedJobRepository(db)
const unfinishedJobs = new UnfinishedJobRepository(db)
const users = new UserRepository(db)
const newUser = async (email: string) => (await users.create({ email, passwordHash: 'h', role: 'member' })).id

const failure = (userId: string | null, key: string): NewFailedJob => ({
  name: 'develop',
  key,
  version: 1,
  payload: { key },
  state: 'failed',
  userId,
  imageId: null,
  attempts: 1,
  code: 'undecodable',
  detail: 'damaged',
  answersMs: 1000,
})

const keys = async (userId: string | null) =>
  (await failedJobs.list(userId, { limit: 500 })).items.map(({ key }) => key)

t.test('failures are listed newest first by page, of one user or of all', async t => {
  const [ada, ben] = [await newUser('ada@example.com'), await newUser('ben@example.com')]
  for (const [owner, key] of [
    [ada, 'a1'],
    [ben, 'b1'],
    [ada, 'a2'],
    [null, 'n1'],
    ['gone99', 'g1'],
  ] as const) {
    await failedJobs.record(failure(owner, key))
    await db.query('update failed_jobs set failed_at = clock_timestamp() where key = $1', [key])
    await db.query('select pg_sleep(0.005)')
  }
  t.strictSame(await keys(ada), ['a2', 'a1'])
  t.strictSame(await keys(ben), ['b1'])
  t.strictSame(
    await keys(null),
    ['g1', 'n1', 'a2', 'b1', 'a1'],
    'including a user who does not exist any more',
  )
  const first = await failedJobs.list(null, { limit: 3 })
  const second = await failedJobs.list(null, { limit: 3, cursor: first.nextCursor! })
  t.strictSame(
    [...first.items, ...second.items].map(({ key }) => key),
    ['g1', 'n1', 'a2', 'b1', 'a1'],
  )
  t.equal(second.nextCursor, null)
  const [mine] = first.items.filter(({ key }) => key === 'a2')
  t.equal((await failedJobs.find(ada, mine!.id))?.key, 'a2')
  t.equal((await failedJobs.find(null, mine!.id))?.key, 'a2')
  t.equal(await failedJobs.find(ben, mine!.id), undefined)
})

t.test('failures are found by key, even when they no longer answer requests', async t => {
  const amy = await newUser('amy@example.com')
  for (const key of ['k1', 'k2']) await failedJobs.record(failure(amy, key))
  await failedJobs.record({ ...failure(amy, 'k3'), name: 'other' })
  await db.query(`update failed_jobs set answers_until = now() - interval '1 hour' where key = 'k2'`)
  const found = await failedJobs.findByKeys('develop', ['k1', 'k2', 'k3', 'k4'])
  t.strictSame([...found.keys()].sort(), ['k1', 'k2'])
  t.match(found.get('k2'), { code: 'undecodable', detail: 'damaged', answersUntil: Date })
  t.strictSame(await failedJobs.findByKeys('develop', []), new Map())
})

t.test('a retry is not recorded when the job has failed again since it was read', async t => {
  const eve = await newUser('eve@example.com')
  await failedJobs.record(failure(eve, 'e1'))
  const [read] = (await failedJobs.list(eve, { limit: 1 })).items
  await db.query('select pg_sleep(0.005)')
  await failedJobs.record({ ...failure(eve, 'e1'), attempts: 2 })
  await unfinishedJobs.recordRetry(read!)
  const [now] = (await failedJobs.list(eve, { limit: 9 })).items
  t.match(now, { id: read!.id, attempts: 2 })
  await unfinishedJobs.recordRetry(now!)
  t.strictSame(await keys(eve), [])
  t.match(await unfinishedJobs.claimLost(-1000), [{ name: 'develop', key: 'e1', payload: { key: 'e1' } }])
})

t.test('an enqueued job is recorded, unless requests are answered with its failure', async t => {
  const zoe = await newUser('zoe@example.com')
  const state = async (key: string) =>
    (await db.query<{ state: string }>('select state from failed_jobs where key = $1', [key]))[0]?.state
  await failedJobs.record(failure(zoe, 'z1'))
  await unfinishedJobs.recordQueued(failure(zoe, 'z1'))
  t.equal(await state('z1'), 'failed', 'its failure is newer than the job')
  await failedJobs.record({ ...failure(zoe, 'z1'), answersMs: -1 })
  for (const key of ['z1', 'z2']) await unfinishedJobs.recordQueued(failure(zoe, key))
  t.strictSame([await state('z1'), await state('z2')], ['queued', 'queued'])
  t.strictSame(await keys(zoe), [], 'no list shows them')
})

t.test('failures are limited to 1,000 of a user and to 30 days', async t => {
  const max = await newUser('max@example.com')
  await db.query(
    `insert into failed_jobs select 'id' || lpad(n::text, 8, '0'), 'develop', 'm' || n, 1, '{}', 'failed', $1, null, 1,
       'internal', 'x', now() - n * interval '1 hour', now() from generate_series(1, 1500) as n`,
    [max],
  )
  await failedJobs.record(failure(max, 'm0'))
  const count = async () => (await db.query('select from failed_jobs where user_id = $1', [max])).length
  t.equal(await count(), 1000)
  t.equal(await failedJobs.sweep(200), 200, 'in batches')
  t.equal(await failedJobs.sweep(200), 80)
  t.equal(await count(), 720)
})
