import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { listBackups, readManifest } from '../../backup/manifest.ts'
import { openDatabase } from '../../metadata/database.ts'
import { randomId } from '../../metadata/ids.ts'
import { createFileStore } from '../../storage/drivers/file.ts'
import { createS3Store } from '../../storage/drivers/s3.ts'
import { backupPartKey, derivativeKey, originalKey } from '../../storage/keys.ts'
import type { ObjectStore } from '../../storage/store.ts'
import { createLogger } from '../../telemetry/logger.ts'
import { type Bench, build } from '../support/build.ts'
import { photo } from '../support/pictures.ts'
import { endOf, run, start } from '../support/program.ts'
import { sha256Of } from '../support/replace.ts'
import { emptyDatabase, temporaryFolder } from '../support/services/postgres.ts'
import { createBucket, sharedS3 } from '../support/services/s3.ts'
import { bytesOf } from '../support/session.ts'
import t, { skipFile } from '../support/tap.ts'
import { until } from '../support/until.ts'

const server = await sharedS3()
if (server === undefined) skipFile('there is no S3 server')
else t.teardown(() => server.stop())

const secrets = {
  DARKROOM_MASTER_KEY: randomBytes(32).toString('base64'),
  DARKROOM_JWT_SECRET: randomBytes(32).toString('base64'),
}
const { endpoint = '', accessKeyId = '', secretAccessKey = '' } = server ?? {}
const credentials = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }
const bucket = server ? await createBucket(server) : ''
const place = `s3://${bucket}/darkroom?endpoint=${encodeURIComponent(endpoint)}`
const target = createS3Store({
  ...{ bucket, prefix: 'darkroom', endpoint, region: 'us-east-1' },
  credentials: { accessKeyId, secretAccessKey },
})
t.teardown(() => target.close())
const { signal } = new AbortController()
const type = { contentType: 'image/png' }
/** Tables whose rows are in a backup. Those that are left out, and why, are in saved-tables.ts. */
const saved = [
  ...[
    'api_keys',
    'audit',
    'developments_of_day',
    'eager_orders',
    'edge_calls',
    'failed_jobs',
    'image_hashes',
  ],
  ...[
    'image_tag_counts',
    'images',
    'import_items',
    'pending_ingests',
    'pending_purges',
    'policies',
    'presets',
  ],
  ...[
    'signing_keys',
    'takedowns',
    'tasks',
    'usage_days',
    'usage_tops',
    'usage_writers',
    'user_holdings',
    'users',
  ],
  ...['webhook_deliveries', 'webhooks'],
]
const fillers = 30
const fillerBytes = 200_000

/** Adds an image whose original is random bytes, as an upload would, but without decoding it. @returns the original's key */
async function addImage({ app, userId }: Bench, { withOriginal = true } = {}): Promise<string> {
  const id = randomId(12)
  const data = randomBytes(fillerBytes)
  const key = originalKey(userId, id, 'png')
  if (withOriginal) await app.store.put(key, data, { ...type, durable: false })
  await app.database.query(
    `insert into images (id, user_id, state, title, tags, extension, format, width, height, pages, bytes, sha256, facts,
       ingested_at) values ($1, $2, 'ready', 'filler', '{shop/filler}', 'png', 'png', 10, 10, 1, $3, $4, '{}', now())`,
    [id, userId, data.length, sha256Of(data)],
  )
  return key
}

async function countOriginals(store: ObjectStore): Promise<number> {
  let count = 0
  for await (const _ of store.list('raw/')) count++
  return count
}

/** Starts the program, and kills it when the store has some originals. */
async function killDuring(words: readonly string[], variables: Record<string, string>, store: ObjectStore) {
  const child = start(words, variables)
  const ended = endOf(child)
  await until('originals are copied', 20_000, async () => (await countOriginals(store)) > 0)
  child.kill('SIGKILL')
  await ended
}

const facts = async (words: readonly string[], variables: Record<string, string>) => {
  const { code, stdout, stderr } = await run([...words, '--json'], variables)
  return { code, stderr, ...(stdout ? JSON.parse(stdout) : {}) }
}

// one test, because each step needs the one before it
t.test('a service is backed up and restored, although both are killed and an object is damaged', async t => {
  const bench = await build(t, secrets)
  const image = await bench.upload(await photo(300, 200).png().toBuffer(), { tags: 'sea', title: 'Boat' })
  const removed = await bench.upload(await photo(30, 20).png().toBuffer())
  const url = new URL(
    await bench.sign({ imageId: image.id, operations: [{ op: 'resize', w: 90 }], format: 'png' }),
  )
  const path = url.pathname + url.search
  const served = await bytesOf(await bench.get(path))
  await bench.get(`/api/v1/images/${removed.id}`, { method: 'DELETE' })
  const keys = await Promise.all(Array.from({ length: fillers }, () => addImage(bench)))
  const variables = { ...bench.environment, ...credentials }

  await killDuring(['backup', place], variables, target)
  t.same(await listBackups(target, signal), [], 'a backup that was killed is not complete')
  const copiedBefore = await countOriginals(target)
  const originals = fillers + 2
  const first = await facts(['backup', place], variables)
  t.match(first, { code: 0, originals, missing: 0, damaged: 0, deleted: 0, stderr: /master key is NOT in/ })
  t.equal(first.copied, originals - copiedBefore, 'what was copied before is not copied again')
  t.equal(first.present, copiedBefore)

  const manifest = await readManifest(target, first.backup, signal)
  t.same(
    manifest.tables.map(({ name }) => name).sort(),
    saved,
    'a new table is in the backup, or listed as left out',
  )

  const lost = await addImage(bench, { withOriginal: false })
  const second = await facts(['backup', place, '--originals', 'copy'], variables)
  t.match(second, { code: 1, copied: 0, present: originals, missing: 1, stderr: `missing original\t${lost}` })
  const holdingsSql = 'select images, image_bytes, deleted_images, deleted_bytes from user_holdings'
  await bench.app.database.query(`delete from images where title = 'filler' and id = $1`, [
    /\w+(?=-orig)/.exec(lost)?.[0],
  ])
  const holdings = await bench.app.database.query(holdingsSql)
  const tags = await bench.app.database.query('select * from image_tag_counts order by tag')
  await bench.close()

  const verify = ['restore', place, '--verify', '--backup', first.backup]
  t.match(await facts(verify, variables), { code: 0, originals, missing: 0, damaged: 0 })
  const [bad = ''] = keys
  await target.put(bad, Buffer.alloc(fillerBytes), type)
  t.match(await facts(verify, variables), {
    code: 1,
    damaged: 1,
    missing: 0,
    stderr: `damaged original\t${bad}`,
  })

  const folder = await temporaryFolder('darkroom-restored-')
  const restored: Record<string, string> = {
    ...variables,
    DATABASE_URL: await emptyDatabase(t),
    DARKROOM_DATA_DIR: folder,
  }
  const store = await createFileStore({ directory: join(folder, 'objects') })
  const database = openDatabase({
    url: restored.DATABASE_URL!,
    logger: createLogger('silent'),
    maxConnections: 1,
  })
  const restore = ['restore', place, '--backup', first.backup]
  const otherKey = { ...restored, DARKROOM_MASTER_KEY: randomBytes(32).toString('base64') }
  t.match(await facts(restore, otherKey), { code: 1, stderr: /the master key is not the one of the backup/ })
  t.same(
    await database.query(`select to_regclass('users') as users`),
    [{ users: null }],
    'nothing is written',
  )
  await database.close()

  await killDuring(restore, restored, store)
  const copiedFirst = await countOriginals(store)
  t.ok(copiedFirst < originals, `${copiedFirst} originals were restored before the kill`)
  const done = await facts(restore, restored)
  t.match(done, { code: 1, originals, missing: 0, damaged: 1, stderr: `damaged original\t${bad}` })
  t.ok(done.present >= copiedFirst, 'what was restored before is not copied again')
  t.equal(done.copied + done.present, originals - 1)
  t.match(await facts(restore, restored), {
    code: 1,
    stderr: /the database is not empty, expected a new one/,
  })

  const { DARKROOM_METRICS_PORT: _, HOST: __, PORT: ___, ...again } = restored
  const after = await build(t, again)
  t.equal(after.userId, bench.userId)
  t.same(await bytesOf(await after.get(path)), served, 'a URL that was signed before has the same bytes')
  t.same(await after.app.database.query(holdingsSql), holdings)
  t.same(await after.app.database.query('select * from image_tag_counts order by tag'), tags)
  t.match(await facts(['verify'], restored), { code: 1, missingOriginals: 1, unnamedOriginals: 0 })
  const [, spoiled = ''] = keys
  const whole = await store.read(spoiled, { maxBytes: fillerBytes })
  await store.put(spoiled, Buffer.alloc(fillerBytes), type)
  await after.app.delivery.derivativeWriter.idle()
  await store.delete([derivativeKey(after.userId, path.split(/[/?]/)[3] ?? '')])
  const found = { missingOriginals: 1, damagedOriginals: 1, missingDerivatives: 1 }
  t.match(await facts(['verify', '--contents', '--repair'], restored), {
    ...{ code: 1, ...found, stderr: `damaged original\t${spoiled}` },
  })
  t.match(await facts(['verify', '--contents'], restored), { ...found, missingDerivatives: 0 })
  await store.put(spoiled, whole ?? Buffer.alloc(0), type)
  const back = await after.get(`/api/v1/images/${removed.id}/restore`, { method: 'POST' })
  t.equal(back.status, 200, 'an image that was deleted before the backup can be restored')
  const another = await after.upload(await photo(20, 30).png().toBuffer())

  const own = join(folder, 'export')
  const words = ['export', own, '--user', 'TESTER@example.com']
  t.match(await facts(words, restored), { code: 1, originals: originals + 1, copied: originals, missing: 1 })
  t.match(await facts(words, restored), { code: 1, copied: 0, present: originals })
  const lines = (await readFile(join(own, 'images.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  const boat = lines.find(({ id }) => id === image.id)
  t.match(boat, { title: 'Boat', tags: ['sea'], format: 'png' })
  t.equal(sha256Of(await readFile(join(own, boat.file))), boat.sha256, 'the export has the originals')
  const everything = await Promise.all(
    (await readdir(own)).filter(name => /json/.test(name)).map(name => readFile(join(own, name), 'utf8')),
  )
  t.notMatch(everything.join(''), /password|secret|hash"/, 'the export has no secrets')
  t.match(await facts(['export', own, '--user', 'nobody'], restored), {
    code: 1,
    stderr: /no user has the id or the/,
  })

  const byReference = join(folder, 'backups')
  const third = await facts(['backup', byReference, '--originals', 'reference'], restored)
  t.match(third, { code: 0, originals: originals + 1, copied: 0, present: 0 })
  const replace = ['restore', byReference, '--replace']
  t.match(await facts(replace, restored), { code: 1, stderr: /a service uses the database/ })
  await after.get(`/api/v1/images/${another.id}`, { method: 'DELETE' })
  await after.close()
  t.match(await facts(replace, restored), {
    code: 1,
    present: originals,
    missing: 1,
    copied: 0,
    rows: third.rows,
  })
  const last = await build(t, again)
  t.equal((await last.get(`/api/v1/images/${another.id}`)).status, 200, 'the database is that of the backup')

  await target.put(backupPartKey(first.backup, 'images', 1), Buffer.from('x'), type)
  t.match(await facts(verify, variables), {
    code: 1,
    stderr: /images\.0001\.gz: damaged, it does not have the hash/,
  })
})
