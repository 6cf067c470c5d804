import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { decodePageToPng } from '../../engine/foreign/page-png.ts'
import { scoreByLuma } from '../../engine/quality/similarity.ts'
import { ssim } from '../../engine/quality/ssim.ts'
import { pathOfKey } from '../../storage/drivers/file/paths.ts'
import { type Bench, build } from '../support/build.ts'
import { waitForFinals } from '../support/finals.ts'
import { draw, photo } from '../support/pictures.ts'
import { bytesOf } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

const picture = await photo(640, 480).png().toBuffer()

/** The facts of a response that tell a stand-in from the final derivative. */
async function factsOf(response: Response) {
  const header = (name: string) => response.headers.get(name)
  const facts = {
    etag: header('etag'),
    tier: header('darkroom-cache'),
    cacheControl: header('cache-control'),
  }
  return { ...facts, variant: header('darkroom-variant'), data: await bytesOf(response) }
}

const factsOfHead = ({ status, headers }: Response) => ({ status, variant: headers.get('darkroom-variant') })

const urlOf = (bench: Bench, imageId: string, steps: string, format: string, expiresIn?: number) =>
  bench.sign(`/processed/${bench.userId}/${imageId}_${steps}.${format}`, expiresIn)

const fetchOne = async (bench: Bench, url: string) => factsOf(await bench.get(url))

/** Repeats the request until the final derivative is served. */
async function finalOf(bench: Bench, url: string) {
  let last = await fetchOne(bench, url)
  await until('the stand-in is finished', 60_000, async () => {
    last = await fetchOne(bench, url)
    return last.variant === 'final'
  })
  return last
}

/** The SSIM of the luma against the image before it was encoded. */
async function similarity(data: Buffer, reference: Buffer): Promise<number> {
  const planes = [data, reference].map(async file => {
    const { data: samples, info } = await sharp(file).greyscale().raw().toBuffer({ resolveWithObject: true })
    return { samples, width: info.width, height: info.height }
  })
  const [one, other] = await Promise.all(planes)
  return ssim(one!, other!)
}

t.test('an expensive encoding is served as a stand-in first, and finished by a job', async t => {
  const bench = await build(t)
  const { id } = await bench.upload(picture)
  const url = await urlOf(bench, id, 'resize_w-400', 'avif')
  const first = await fetchOne(bench, url)
  t.match(first, { variant: 'standin', tier: 'miss' })
  t.equal(first.cacheControl, 'public, max-age=60, stale-while-revalidate=86400')

  const final = await finalOf(bench, url)
  t.equal(final.cacheControl, 'public, max-age=31536000, immutable')
  t.ok(final.data.length < first.data.length, `${first.data.length} bytes became ${final.data.length}`)
  t.not(final.etag, first.etag)
  const plain = (await fetchOne(bench, await urlOf(bench, id, 'resize_w-400', 'png'))).data
  const [before, after] = [await similarity(first.data, plain), await similarity(final.data, plain)]
  t.ok(after >= before - 1e-4, `SSIM ${before.toFixed(5)} became ${after.toFixed(5)}`)
  t.match(await sharp(final.data).metadata(), { width: 400, height: 300 })

  const key = `processed/${bench.userId}/${id}_resize_w-400.avif`
  const stored = await readFile(join(bench.environment.DARKROOM_DATA_DIR!, 'objects', pathOfKey(key)))
  t.ok(stored.equals(final.data), 'the object was replaced')

  const revalidate = async (etag: string) => bench.get(url, { headers: { 'if-none-match': etag } })
  t.equal((await revalidate(first.etag!)).status, 200, 'the entity tag of the stand-in is not current')
  const known = await revalidate(final.etag!)
  t.equal(known.status, 304)
  t.equal(known.headers.get('darkroom-variant'), 'final')

  const again = await bench.restart()
  t.match(await fetchOne(again, url), { variant: 'final', tier: 'store', etag: final.etag })
})

t.test('JPEG XL begins with a stand-in, and its final version is smaller and as similar', async t => {
  const bench = await build(t)
  const { id } = await bench.upload(picture)
  const url = await urlOf(bench, id, 'resize_w-400', 'jxl')
  const first = await fetchOne(bench, url)
  t.match(first, { variant: 'standin', tier: 'miss' })
  const final = await finalOf(bench, url)
  t.ok(final.data.length < first.data.length, `${first.data.length} bytes became ${final.data.length}`)
  const plain = (await fetchOne(bench, await urlOf(bench, id, 'resize_w-400', 'png'))).data
  // decoded by the service, as libvips does not read JPEG XL here
  const score = await scoreByLuma(sharp(plain))
  const similarityOf = async (data: Buffer) =>
    score(sharp((await decodePageToPng('jxl', data, { page: 1, maxPixels: 1e6 })).png))
  const [before, after] = [await similarityOf(first.data), await similarityOf(final.data)]
  t.ok(after >= before - 1e-4, `SSIM ${before.toFixed(5)} became ${after.toFixed(5)}`)
})

t.test('a stand-in is cached no longer than its signature is valid', async t => {
  const bench = await build(t)
  const { id } = await bench.upload(picture)
  const { cacheControl } = await fetchOne(bench, await urlOf(bench, id, 'resize_w-410', 'avif', 30))
  const [, age, stale] = /^public, max-age=(\d+), stale-while-revalidate=(\d+)$/
    .exec(cacheControl!)!
    .map(Number)
  t.ok(age! > 0 && age! + stale! <= 30, cacheControl!)
})

t.test('a cheap encoding is final at once', async t => {
  const bench = await build(t)
  const { id } = await bench.upload(picture)
  for (const format of ['jpg', 'png', 'webp', 'gif', 'tiff']) {
    t.match(
      await fetchOne(bench, await urlOf(bench, id, 'resize_w-400', format)),
      { variant: 'final' },
      format,
    )
  }
  t.match(await fetchOne(bench, await urlOf(bench, id, 'resize_w-20', 'avif')), { variant: 'final' }, 'tiny')
  const fastest = await urlOf(bench, id, 'resize_w-400_encode_effort-0', 'avif')
  t.match(await fetchOne(bench, fastest), { variant: 'final' }, 'effort-0 is as cheap as the stand-in')
})

t.test('the effort in the URL is applied when the stand-in is finished, in every format', async t => {
  const bench = await build(t)
  const { id } = await bench.upload(picture)
  const large = await bench.upload(await photo(1600, 1200).jpeg({ quality: 90 }).toBuffer())
  const requests = [
    [large.id, 'jpg', 'encode_q-70,effort-9'],
    [large.id, 'webp', 'encode_effort-9'],
    [id, 'webp', 'encode_effort-9,lossless-1'],
    [large.id, 'png', 'encode_effort-9'],
    [id, 'avif', 'encode_q-auto,effort-4'],
    [id, 'avif', 'encode_effort-4,maxbytes-9000'],
  ] as const
  for (const [image, format, steps] of requests) {
    const url = await urlOf(bench, image, steps, format)
    const first = await fetchOne(bench, url)
    t.equal(first.variant, 'standin', `${steps}.${format}`)
    const final = await finalOf(bench, url)
    t.ok(final.data.length <= first.data.length, `${first.data.length} became ${final.data.length}`)
    const plain = await fetchOne(bench, await urlOf(bench, image, 'encode_lossless-1', 'png'))
    const [before, after] = [
      await similarity(first.data, plain.data),
      await similarity(final.data, plain.data),
    ]
    t.ok(after >= before - 1e-4, `SSIM ${before.toFixed(5)} became ${after.toFixed(5)}`)
    if (steps.includes('lossless') || format === 'png') t.ok(after > 0.99999, 'the pixels are lossless')
  }
})

t.test('a stand-in that cannot be improved becomes final as it is', async t => {
  const bench = await build(t)
  const even = await draw(1600, 1200, () => [90, 90, 90])
    .png()
    .toBuffer()
  const { id } = await bench.upload(even)
  const url = await urlOf(bench, id, 'encode_effort-6', 'png')
  const first = await fetchOne(bench, url)
  t.equal(first.variant, 'standin')
  const final = await finalOf(bench, url)
  t.equal(final.etag, first.etag, 'more effort gives the same bytes')
})

t.test('a stand-in whose job was lost with its process is finished after the next request', async t => {
  const bench = await build(t)
  const { id } = await bench.upload(picture)
  const url = await urlOf(bench, id, 'resize_w-600', 'avif')
  // no worker takes the finishing job, which is lost with the local queue of this process
  await bench.app.jobs.worker.drain(0)
  t.match(await fetchOne(bench, url), { variant: 'standin' })
  const again = await bench.restart()
  const stored = await fetchOne(again, url)
  t.match(stored, { variant: 'standin', tier: 'store' })
  const final = await finalOf(again, url)
  t.ok(final.data.length < stored.data.length)
})

t.test('finals are made of what is requested twice, the most requested first', async t => {
  const bench = await build(t)
  const { id } = await bench.upload(picture)
  await bench.app.jobs.worker.drain(0)
  const request = async (width: number, times: number) => {
    const url = await urlOf(bench, id, `resize_w-${width}`, 'avif')
    for (let time = 1; time <= times; time++)
      t.match(await fetchOne(bench, url), { variant: 'standin', tier: time === 1 ? 'miss' : 'memory' })
  }
  // four jobs wait in the queue, and all others are ordered by demand
  for (const width of [200, 204, 208, 212]) await request(width, 2)
  const enqueued = () => bench.metric('darkroom_jobs_waiting', { name: 'finish' })
  await until('the queue has four jobs', 10_000, async () => (await enqueued()) === 4)
  await request(216, 2)
  await request(220, 4)
  await request(224, 3)
  await request(228, 1)
  await until('three wait', 10_000, async () => (await bench.metric('darkroom_finals_waiting')) === 3)
  await bench.app.jobs.worker.start()
  const finished = await waitForFinals(bench.app.database, id, 7)
  t.strictSame(finished.slice(4), [220, 224, 216])
  t.equal(await bench.metric('darkroom_finals_waiting'), 0)
  const again = await fetchOne(bench, await urlOf(bench, id, 'resize_w-228', 'avif'))
  t.match(again, { variant: 'standin' }, 'it was requested once so far')
  await waitForFinals(bench.app.database, id, 8)
})

t.test('a cache that revalidates a stand-in asks for its final', async t => {
  const bench = await build(t)
  const { id } = await bench.upload(picture)
  const url = await urlOf(bench, id, 'resize_w-200', 'avif')
  const { etag } = await fetchOne(bench, url)
  const again = await bench.restart()
  const response = await again.get(url, { headers: { 'if-none-match': etag! } })
  t.match(factsOfHead(response), { status: 304, variant: 'standin' })
  await waitForFinals(again.app.database, id, 1)
})

t.test('a single request leads to the final where that is set', async t => {
  const bench = await build(t, { DARKROOM_FINAL_REQUESTS: '1' })
  const { id } = await bench.upload(picture)
  t.match(await fetchOne(bench, await urlOf(bench, id, 'resize_w-200', 'avif')), { variant: 'standin' })
  await waitForFinals(bench.app.database, id, 1)
})

t.test('a stand-in that is purged while it is finished is not restored', async t => {
  const bench = await build(t)
  const { id } = await bench.upload(picture)
  const url = await urlOf(bench, id, 'resize_w-620', 'avif')
  const first = await fetchOne(bench, url)
  await fetchOne(bench, url)
  await until('it has a row', 10_000, async () => {
    const rows = await bench.app.database.query(
      'delete from derivatives where image_id = $1 returning etag',
      [id],
    )
    return rows.length > 0
  })
  await until(
    'its job has finished',
    60_000,
    async () => (await bench.metric('darkroom_jobs_total', { name: 'finish' })) > 0,
  )
  const again = await bench.restart()
  t.match(
    await fetchOne(again, url),
    { variant: 'standin', tier: 'miss', etag: first.etag },
    'it is rendered again',
  )
})
