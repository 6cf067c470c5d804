import { setTimeout } from 'node:timers/promises'
import { createLogger } from '../telemetry/logger.ts'
import { freshDatabase } from '../test/support/services/postgres.ts'
import { openProxy } from '../test/support/services/proxy.ts'
import t from '../test/support/tap.ts'
import { until } from '../test/support/until.ts'
import { openChangeListener } from './change-listener.ts'
import { openDatabase } from './database.ts'
import { DerivativeRepository } from './derivatives.ts'
import { ImageRepository } from './images.ts'
import { IngestResultRepository } from './ingest-results.ts'
import { PolicyRepository } from './policies.ts'
import { PresetRepository } from './presets.ts'
import { PurgeRepository } from './purges.ts'
import { SigningKeyRepository } from './signing-keys.ts'
import { UserRepository } from './users.ts'

const logger = createLogger('silent')
const url = await freshDatabase(t)
const db = openDatabase({ url, logger, maxConnections: 3 })
t.teardown(() => db.close())
const proxy = await openProxy(t, Number(new URL(url).port))

/** Listens through the proxy, and collects what arrives. */
let keys: string[] = []
let isListening = false
let confirmedAt = 0
const through = new URL(url)
through.port = String(proxy.port)
const listener = openChangeListener({
  ...{ url: through.href, database: db, logger },
  receiver: {
    listening() {
      isListening = true
    },
    lost() {
      isListening = false
    },
    confirm(at) {
      confirmedAt = at
    },
    record(changed) {
      keys.push(...changed)
    },
    recordAll() {
      keys.push('*')
    },
    isInUse: () => true,
  },
})
t.teardown(() => listener.close())

/** Waits until everything that was committed before has arrived. */
async function arrived(): Promise<void> {
  const now = performance.now()
  await until('the confirmation arrives', 10_000, () => isListening && confirmedAt >= now)
}

/** The keys of the notices that some work causes. */
async function noticesOf(work: () => Promise<unknown>): Promise<string[]> {
  await arrived()
  keys = []
  await work()
  await arrived()
  return keys
}

const users = new UserRepository(db)
const images = new ImageRepository(db)
const results = new IngestResultRepository(db)
const purges = new PurgeRepository(db)
const labels = { title: '', tags: [] }
const content = {
  ...{ extension: 'png', format: 'png', width: 8, height: 8, pages: 1, bytes: 100 },
  ...{ sha256: 'a'.repeat(64), facts: {} },
}

let next = 0
const newUser = () =>
  users.create({ email: `user${++next}@example.com`, passwordHash: 'none', role: 'member' })

async function newImage(userId: string) {
  const id = await images.beginUpload(userId, labels)
  await images.completeUpload(id, content)
  const image = { userId, imageId: id, version: null }
  await results.saveInsight(image, { kind: 'photo' })
  await results.markIngested(image)
  return { ...image, key: `${userId}/${id}` }
}

t.test('new users, uploads, ingestion, derivatives and uses of keys cause no notice', async t => {
  const notices = await noticesOf(async () => {
    const { id: userId } = await newUser()
    const { imageId } = await newImage(userId)
    await new DerivativeRepository(db).record([
      {
        ...{ userId, imageId, fileName: `${imageId}.png`, format: 'png', width: 8, height: 8, bytes: 1 },
        ...{ etag: '"a"', variant: 'final', costMs: 1 },
      },
    ])
    await users.update(userId, { role: 'admin' })
    await new PresetRepository(db).put(userId, 'small', { operations: 'flip', eager: false })
    await new PolicyRepository(db).put(userId, 'web', { rules: {} })
    await images.update(userId, imageId, { title: 'another', alt: 'text', tags: ['red'] })
  })
  t.strictSame(notices, [])
})

t.test('changes of an account cause one notice each that names the user', async t => {
  const { id: userId } = await newUser()
  const keys = new SigningKeyRepository(db, Buffer.alloc(32, 1))
  const presets = new PresetRepository(db)
  const policies = new PolicyRepository(db)
  const { id } = await keys.create(userId)
  await presets.put(userId, 'small', { operations: 'flip', eager: false })
  await policies.put(userId, 'web', { rules: {} })
  const changes = {
    'a new key': () => keys.create(userId),
    'a revoked key': () => keys.setState(userId, id, 'revoked'),
    limits: () => users.update(userId, { limits: { images: 1 } }),
    'presets only': () => users.update(userId, { presetsOnly: true }),
    fallback: () => users.changeSettings(userId, { fallback: 'placeholder' }),
    'a preset': () => presets.put(userId, 'small', { operations: 'flop', eager: false }),
    'a removed preset': () => presets.remove(userId, 'small'),
    'a policy': () => policies.put(userId, 'web', { rules: { formats: ['png'] } }),
    'a removed policy': () => policies.remove(userId, 'web'),
    'a deleted user': () => users.remove(userId),
  }
  for (const [what, change] of Object.entries(changes)) t.strictSame(await noticesOf(change), [userId], what)
  t.strictSame(await noticesOf(() => keys.recordUse(userId, id)), [], 'not the last use of a key')
})

t.test('changes of an image cause a notice that names it', async t => {
  const { id: userId } = await newUser()
  const { imageId, key, ...image } = await newImage(userId)
  const focal = { x: 0, y: 0 }
  const changes = {
    'a focal point': () => images.update(userId, imageId, { focal }),
    'a purge': () => purges.begin(userId, [imageId]),
    'a ladder': () => results.saveLadder({ ...image, imageId }, {}),
    'a soft deletion': () => images.softDelete(userId, imageId, 60_000),
  }
  for (const [what, change] of Object.entries(changes)) t.strictSame(await noticesOf(change), [key], what)
  t.strictSame(
    await noticesOf(() => images.restore(userId, imageId)),
    [key, userId],
    'a restored image may be the fallback of the account',
  )
  await results.markIngested({ ...image, imageId })
  t.strictSame(await noticesOf(() => images.deletePermanently(userId, imageId)), [key])
  t.strictSame(
    await noticesOf(() =>
      db.query('update images set purged_at = now(), insight = null where id = $1', [imageId]),
    ),
    [],
    'nothing about an image that stays deleted',
  )
})

t.test('many changes in a statement cause few notices', async t => {
  const { id: userId } = await newUser()
  const { imageId } = await newImage(userId)
  const copy = (count: number) =>
    db.query(
      `insert into images (id, user_id, state, title, tags, extension, format, width, height, pages, bytes, sha256,
         ingested_at)
       select left(md5(random()::text), 32), user_id, state, title, tags, extension, format, width, height, pages, bytes,
         sha256, now()
       from images, generate_series(1, $2::int) where images.id = $1`,
      [imageId, count],
    )
  const purge = () => db.query('update images set purges = purges + 1 where user_id = $1', [userId])
  await copy(999)
  const notices = await noticesOf(purge)
  t.equal(new Set(notices).size, 1000)
  t.ok(notices.every(key => key.startsWith(`${userId}/`) && key.length > userId.length + 1))
  await copy(1001)
  t.strictSame(await noticesOf(purge), [`${userId}/`], 'more than 2,000 are not named')
  t.strictSame(await noticesOf(() => db.query('delete from images where user_id = $1', [userId])), [
    `${userId}/`,
  ])
})

t.test('a notice that this version does not know counts as a change of everything', async t => {
  const send = (payload: string) => db.query(`select pg_notify('darkroom_changes', $1)`, [payload])
  t.strictSame(await noticesOf(() => send('*')), ['*'])
  t.strictSame(await noticesOf(() => send('Something else')), ['*'])
})

t.test('a lost connection is reported at once, and opened again', async () => {
  await arrived()
  await proxy.cut()
  await until('the loss is noticed', 1_000, () => !isListening)
  await proxy.restore()
  await arrived()

  const session = `select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'darkroom changes' and datname = current_database()`
  await db.query(session)
  await until('the loss is noticed', 1_000, () => !isListening)
  await arrived()
})

t.test('a connection that is silently dead confirms nothing, and is replaced', async t => {
  await arrived()
  proxy.blackhole()
  await setTimeout(100)
  const last = confirmedAt
  await until('the connection is given up', 15_000, () => !isListening)
  t.equal(confirmedAt, last)
  await proxy.restore()
  await arrived()
})
