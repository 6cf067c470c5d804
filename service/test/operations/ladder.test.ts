import sharp from 'sharp'
import { ssim } from '../../engine/quality/ssim.ts'
import { type Bench, build } from '../support/build.ts'
import { sweep } from '../support/chores.ts'
import { cornersBitmap } from '../support/foreign-files.ts'
import { ingested } from '../support/ingested.ts'
import { compare, photo } from '../support/pictures.ts'
import { bytesOf } from '../support/session.ts'
import t, { type Test } from '../support/tap.ts'
import { until } from '../support/until.ts'

const picture = await photo(2700, 1801).png({ compressionLevel: 1 }).toBuffer()

/** Waits for the image's ladder, then restarts so that nothing is cached in memory. */
async function withLadder(t: Test, bench: Bench, id: string): Promise<Bench> {
  await ingested(bench.app.database, id)
  t.ok(await ladderOf(bench, id), 'the ladder was built')
  return bench.restart()
}

const render = async (bench: Bench, imageId: string, operations: Operations) =>
  bench.get(await bench.sign({ imageId, operations, format: 'png' }))

async function rungsOf(bench: Bench): Promise<string[]> {
  const keys: string[] = []
  for await (const key of bench.app.store.list('rungs/')) keys.push(key)
  return keys.sort()
}

async function luma(file: Buffer) {
  const { data, info } = await sharp(file)
    .flatten()
    .toColourspace('b-w')
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { samples: data, width: info.width, height: info.height }
}

const ladderOf = async (bench: Bench, id: string) => {
  const rows = await bench.app.database.query<{ ladder: unknown }>(
    'select ladder from images where id = $1',
    [id],
  )
  return rows[0]?.ladder
}

const setLadder = (bench: Bench, id: string, ladder: object | null) =>
  bench.app.database.query('update images set ladder = $2 where id = $1', [id, ladder])

type Operations = readonly Readonly<Record<string, unknown>>[]

/** Operations that can read a rung, and others that need the original. */
const requests: readonly Operations[] = [
  [{ op: 'resize', w: 300 }],
  [{ op: 'resize', w: 333, h: 111 }],
  [{ op: 'resize', w: 200, h: 407, g: 'south' }, { op: 'grayscale' }],
  [
    { op: 'crop', x: 0.2, y: 0.3, w: 0.5, h: 0.4 },
    { op: 'resize', w: 150 },
  ],
  [
    { op: 'rotate', a: 90 },
    { op: 'flip', d: 'h' },
    { op: 'resize', w: 211 },
  ],
  [
    { op: 'blur', s: 2 },
    { op: 'resize', w: 120 },
  ],
]

t.test(
  'derivatives from a rung look like those of the original, and rungs are deleted with their image',
  async t => {
    const first = await build(t)
    const { id } = await first.upload(picture)
    const bench = await withLadder(t, first, id)
    const ladder = { format: 'jpg', widths: [640, 1280] }
    t.strictSame(await ladderOf(bench, id), ladder)
    const prefix = `rungs/${bench.userId}/${id}-`
    t.strictSame(await rungsOf(bench), [`${prefix}w1280.jpg`, `${prefix}w640.jpg`])
    const fromRungs: Buffer[] = []
    for (const operations of requests) fromRungs.push(await bytesOf(await render(bench, id, operations)))

    await setLadder(bench, id, null)
    const again = await bench.restart()
    for await (const key of again.app.store.list('processed/')) await again.app.store.delete([key])
    for (const [index, operations] of requests.entries()) {
      const response = await render(again, id, operations)
      t.equal(response.headers.get('darkroom-cache'), 'miss')
      const [original, rung] = [await luma(await bytesOf(response)), await luma(fromRungs[index]!)]
      const name = JSON.stringify(operations)
      t.strictSame([rung.width, rung.height], [original.width, original.height], name)
      const similarity = ssim(original, rung)
      t.ok(similarity >= 0.99, `${name}: ${similarity.toFixed(4)}`)
    }

    await setLadder(again, id, ladder)
    t.equal((await again.get(`/api/v1/images/${id}`, { method: 'DELETE' })).status, 204)
    t.strictSame(await rungsOf(again), [])
  },
)

t.test('a rung is read instead of the original, and a lost rung is rebuilt', async t => {
  const first = await build(t)
  const { id, userId } = await first.upload(picture)
  const bench = await withLadder(t, first, id)
  const { store } = bench.app
  const keys = { original: `raw/${userId}/${id}-orig.png`, rung: `rungs/${userId}/${id}-w640.jpg` }
  const original = (await store.read(keys.original, { maxBytes: picture.length }))!
  await store.delete([keys.original])
  const fromRung = await bytesOf(await render(bench, id, [{ op: 'resize', w: 200 }]))
  t.match(await sharp(fromRung).metadata(), { width: 200, height: 133 })
  t.equal((await render(bench, id, [{ op: 'blur', s: 3 }])).status, 500, 'other operations need the original')

  await store.put(keys.original, original, { contentType: 'image/png' })
  const second = await bench.restart()
  await second.app.store.delete([keys.rung])
  await second.app.jobs.worker.drain(0)
  const fromOriginal = await bytesOf(await render(second, id, [{ op: 'resize', w: 201 }]))
  t.match(await sharp(fromOriginal).metadata(), { width: 201, height: 134 })
  t.equal(await ladderOf(second, id), null, 'the ladder is removed from the database')
  await second.app.jobs.worker.start()
  await until('the ladder is rebuilt', 20_000, async () => (await ladderOf(second, id)) !== null)
  t.strictSame(await ladderOf(second, id), { format: 'jpg', widths: [640, 1280] })
  t.equal((await rungsOf(second)).length, 2)

  const third = await second.restart()
  await third.app.store.put(keys.rung, Buffer.from('not an image'), { contentType: 'image/jpeg' })
  t.match(await sharp(await bytesOf(await render(third, id, [{ op: 'resize', w: 202 }]))).metadata(), {
    width: 202,
  })
  const read = () => third.app.store.read(keys.rung, { maxBytes: 10_000_000 })
  await until('the damaged rung is replaced', 20_000, async () => ((await read())?.length ?? 0) > 100)
  t.match(await sharp(await read()).metadata(), { width: 640, height: 427 }, 'a damaged rung counts as lost')
})

t.test('requests for many sizes of a new original at once decode it at most twice', async t => {
  const bench = await build(t)
  await bench.app.jobs.worker.drain(0)
  const { id } = await bench.upload(picture)
  const widths = [301, 302, 303, 304, 305, 306, 307, 308]
  const results = await Promise.all(widths.map(w => render(bench, id, [{ op: 'resize', w }])))
  for (const [index, response] of results.entries()) {
    t.equal(response.headers.get('darkroom-cache'), 'miss')
    t.match(await sharp(await bytesOf(response)).metadata(), { width: widths[index] })
  }
  const count = (source: string) => bench.metric('darkroom_sources_total', { source })
  t.equal(await count('original'), 1)
  t.equal(await count('shared-copy'), widths.length - 1)
})

t.test('an image deleted while its ladder is built leaves no rungs', async t => {
  const bench = await build(t)
  const { id } = await bench.upload(picture)
  const { database, store } = bench.app
  const started = 'select 1 from images where ladder_until is not null'
  await until('the ladder is being built', 20_000, async () => (await database.query(started)).length === 1)
  t.equal((await bench.get(`/api/v1/images/${id}`, { method: 'DELETE' })).status, 204)
  const finishedJobs = () => bench.metric('darkroom_jobs_total', { name: 'ingest' })
  await until('its job has finished', 20_000, async () => (await finishedJobs()) === 1)
  t.strictSame(await rungsOf(bench), [])

  // A rung left behind by a process that crashed before it recorded it.
  await store.put(`rungs/${bench.userId}/${id}-w640.jpg`, Buffer.from('x'), { contentType: 'image/jpeg' })
  await sweep(bench)
  t.equal((await rungsOf(bench)).length, 1, 'the job may still write rungs')
  await database.query(`update images set ladder_until = now() - interval '1 second'`)
  await sweep(bench)
  t.strictSame(await rungsOf(bench), [])
  t.equal((await database.query('select 1 from images where cleared_at is not null')).length, 1)
})

t.test('an image without a ladder gets one when it is rendered', async t => {
  const bench = await build(t)
  const small = await bench.upload(await photo(1200, 20).png().toBuffer())
  const { id } = await bench.upload(await photo(1300, 400).png().toBuffer())
  const again = await bench.restart()
  t.equal(await ladderOf(again, id), null, 'the service stopped before the ladder was built')
  // Images are processed one after the other: when the second is done, the first is, too.
  for (const image of [small.id, id]) await bytesOf(await render(again, image, [{ op: 'resize', w: 200 }]))
  await until('the ladder is built', 20_000, async () => (await ladderOf(again, id)) !== null)
  t.strictSame(await ladderOf(again, id), { format: 'jpg', widths: [640] })
  t.equal(await ladderOf(again, small.id), null, 'a ladder that would save no time is not built')
})

t.test('rungs keep graphics and transparency lossless, and are stored upright in 8-bit sRGB', async t => {
  const bench = await build(t)
  const base = () => photo(1400, 500)
  const kinds = {
    bitmap: cornersBitmap(1400, 500),
    transparent: await base().ensureAlpha(0.5).png().toBuffer(),
    deep: await base().toColourspace('rgb16').png().toBuffer(),
    grey: await base().grayscale().toColourspace('b-w').png().toBuffer(),
    wide: await base().withIccProfile('p3').png().toBuffer(),
    ink: await base().toColourspace('cmyk').tiff().toBuffer(),
    turned: await sharp(await base().rotate(90).png().toBuffer())
      .withMetadata({ orientation: 8 })
      .jpeg({ progressive: true })
      .toBuffer(),
  }
  const ids = new Map<string, string>()
  const plain = new Map<string, Buffer>()
  for (const [kind, file] of Object.entries(kinds)) {
    const { id } = await bench.upload(file)
    ids.set(kind, id)
    plain.set(kind, await bytesOf(await render(bench, id, [{ op: 'resize', w: 300 }])))
  }
  await ingested(bench.app.database, ...ids.values())
  for (const [kind, id] of ids) {
    const format = kind === 'transparent' || kind === 'bitmap' ? 'png' : 'jpg'
    t.strictSame(await ladderOf(bench, id), { format, widths: [640] }, kind)
    // A height that does not limit the result gives the same image another name.
    const fromRung = await bytesOf(
      await render(bench, id, [{ op: 'resize', w: 300, h: 5000, fit: 'inside' }]),
    )
    const [before, after] = [sharp(plain.get(kind)!), sharp(fromRung)]
    const [was, is] = [await before.metadata(), await after.metadata()]
    t.strictSame(
      [is.width, is.height, is.channels, is.depth],
      [was.width, was.height, was.channels, was.depth],
      kind,
    )
    const { mean } = await compare(before, after)
    t.ok(mean < 2.5, `${kind} differs by ${mean.toFixed(2)}`)
  }
})
