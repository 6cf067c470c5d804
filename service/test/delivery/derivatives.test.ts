import { access } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { pathOfKey } from '../../storage/drivers/file/paths.ts'
import { type Bench, build } from '../support/build.ts'
import { inBucket } from '../support/direct.ts'
import { animation, compare, disc, photo } from '../support/pictures.ts'
import { sharedS3 } from '../support/services/s3.ts'
import { bytesOf } from '../support/session.ts'
import t, { type Test } from '../support/tap.ts'

const picture = await photo(900, 600).jpeg({ quality: 95 }).toBuffer()

/** The expected result, rendered with sharp alone. */
const renderWithSharp = (source: Buffer) => sharp(source).resize(300, 200)

const formats = {
  jpg: { type: 'image/jpeg', sharp: 'jpeg', mean: 3 },
  png: { type: 'image/png', sharp: 'png', mean: 1 },
  webp: { type: 'image/webp', sharp: 'webp', mean: 4 },
  avif: { type: 'image/avif', sharp: 'heif', mean: 5 },
  gif: { type: 'image/gif', sharp: 'gif', mean: 8 },
  tiff: { type: 'image/tiff', sharp: 'tiff', mean: 1 },
} as const

t.test('resize in every output format has the pixels that sharp alone gives', async t => {
  const bench = await build(t)
  const image = await bench.upload(picture, { title: 'A photo', tags: 'one, two' })
  t.match(image, { format: 'jpg', width: 900, height: 600, pages: 1, bytes: picture.length })
  t.match(image, { title: 'A photo', tags: ['one', 'two'], userId: bench.userId })
  for (const [format, expected] of Object.entries(formats)) {
    const url = await bench.sign({ imageId: image.id, operations: [{ op: 'resize', w: 300 }], format })
    const response = await bench.get(url)
    const body = await bytesOf(response)
    t.equal(response.headers.get('content-type'), expected.type)
    t.equal(response.headers.get('darkroom-cache'), 'miss')
    t.match(await sharp(body).metadata(), { format: expected.sharp, width: 300, height: 200 })
    const { mean } = await compare(body, renderWithSharp(picture))
    t.ok(mean < expected.mean, `${format} differs by ${mean.toFixed(2)}`)
  }
  await bench.app.delivery.derivativeWriter.idle()
  const rows = await bench.app.database.query('select file_name from derivatives')
  t.equal(rows.length, 6, 'each has a row')
})

t.test('resize of an 18-megapixel JPEG works in every format', async t => {
  const bench = await build(t)
  const noise = { type: 'gaussian', mean: 128, sigma: 30 } as const
  const large = await sharp({ create: { width: 5640, height: 3172, channels: 3, background: 'grey', noise } })
    .jpeg({ quality: 88 })
    .toBuffer()
  t.ok(large.length > 8_000_000, `${large.length} bytes`)
  const image = await bench.upload(large)
  t.match(image, { width: 5640, height: 3172 })
  for (const format of ['jpg', 'webp', 'avif', 'png']) {
    const url = await bench.sign({ imageId: image.id, operations: [{ op: 'resize', w: 500 }], format })
    t.match(await sharp(await bytesOf(await bench.get(url))).metadata(), { width: 500, height: 281 })
  }
})

t.test(
  'resize decodes sources of every format, with alpha, 16 bits, CMYK, a wide gamut or frames',
  async t => {
    const bench = await build(t)
    const base = photo(400, 300)
    const sources: [name: string, file: Buffer, format: string][] = [
      ['png', await base.clone().png().toBuffer(), 'png'],
      ['webp', await base.clone().webp({ quality: 95 }).toBuffer(), 'webp'],
      ['avif', await base.clone().avif({ quality: 80, effort: 0 }).toBuffer(), 'avif'],
      ['tiff', await base.clone().tiff().toBuffer(), 'tiff'],
      ['progressive', await base.clone().jpeg({ progressive: true, quality: 95 }).toBuffer(), 'jpg'],
      ['grey', await base.clone().grayscale().jpeg({ quality: 95 }).toBuffer(), 'jpg'],
      ['16 bit', await base.clone().toColourspace('rgb16').png().toBuffer(), 'png'],
      [
        'cmyk',
        await base.clone().toColourspace('cmyk').withIccProfile('cmyk').jpeg({ quality: 95 }).toBuffer(),
        'jpg',
      ],
      ['p3', await base.clone().withIccProfile('p3').png().toBuffer(), 'png'],
      ['alpha', await disc(200).png().toBuffer(), 'png'],
      ['animation', await animation(100), 'gif'],
    ]
    for (const [name, file, format] of sources) {
      const image = await bench.upload(file)
      t.equal(image.format, format, name)
      const url = await bench.sign({
        imageId: image.id,
        operations: [{ op: 'resize', w: 80 }],
        format: 'png',
      })
      const body = await bytesOf(await bench.get(url))
      const { mean } = await compare(body, sharp(file).resize(80))
      t.ok(mean < 2, `${name} differs by ${mean.toFixed(2)}`)
    }
  },
)

/** Checks that a derivative comes from memory, after a restart from the store, and is stored by its canonical name. */
async function isStored(t: Test, first: Bench, exists: (bench: Bench, key: string) => Promise<boolean>) {
  const image = await first.upload(picture)
  const path = `/processed/${first.userId}/${image.id}_resize_w-300.jpg`
  const url = await first.sign(path)
  const miss = await first.get(url)
  const body = await bytesOf(miss)
  t.equal(miss.headers.get('darkroom-cache'), 'miss')
  const hit = await first.get(url)
  t.equal(hit.headers.get('darkroom-cache'), 'memory')
  t.ok(body.equals(await bytesOf(hit)))

  const otherSpelling = `/processed/${first.userId}/${image.id}_resize_enlarge-0,dpr-1.0,fit-inside,w-0300.jpeg`
  const same = await first.get(await first.sign(otherSpelling))
  t.equal(
    same.headers.get('darkroom-cache'),
    'memory',
    'another spelling of the URL gives the same derivative',
  )
  t.equal(same.headers.get('etag'), miss.headers.get('etag'))

  const second = await first.restart()
  const key = `processed/${first.userId}/${image.id}_resize_w-300.jpg`
  t.ok(await exists(second, key), 'the object key is the canonical name')
  const rows = await second.app.database.query(
    'select file_name as "fileName", width, height, bytes, etag from derivatives where image_id = $1',
    [image.id],
  )
  const row = { fileName: `${image.id}_resize_w-300.jpg`, width: 300, height: 200, bytes: body.length }
  t.strictSame(rows, [{ ...row, etag: miss.headers.get('etag') }])
  const stored = await second.get(url)
  t.equal(stored.headers.get('darkroom-cache'), 'store')
  t.equal(stored.headers.get('etag'), miss.headers.get('etag'))
  t.ok(body.equals(await bytesOf(stored)))
  t.equal((await second.get(url)).headers.get('darkroom-cache'), 'memory')
  t.equal(await second.metric('darkroom_development_seconds_count'), 0, 'nothing was rendered twice')
  const original = await second.get(image.rawUrl)
  t.ok(picture.equals(await bytesOf(original)), 'the original is untouched')
}

t.test('derivatives are stored as files and served after a restart', async t => {
  await isStored(t, await build(t), async ({ environment }, key) =>
    access(join(environment.DARKROOM_DATA_DIR!, 'objects', pathOfKey(key))).then(
      () => true,
      () => false,
    ),
  )
})

t.test('a derivative that a power cut has cut short is rendered again', async t => {
  // by a job, which has to notice it as well
  const bench = await build(t, { DARKROOM_HEAVY_COST_MS: '0' })
  const { id } = await bench.upload(picture)
  const path = `/processed/${bench.userId}/${id}_resize_w-90.jpg`
  const url = await bench.sign(path)
  const whole = await bytesOf(await bench.get(url))
  await bench.app.jobs.worker.drain(20_000)
  await bench.app.store.put(path.slice(1), whole.subarray(0, 300), { contentType: 'image/jpeg' })
  const second = await bench.restart()
  t.ok(whole.equals(await bytesOf(await second.get(url))))
  await second.app.jobs.worker.drain(20_000)
  t.equal(await second.app.store.size(path.slice(1)), whole.length)
})

const server = await sharedS3()
t.teardown(() => server?.stop())

t.test(
  'derivatives are stored in S3 and served after a restart',
  { skip: server ? false : 'no S3 server' },
  async t => {
    if (server === undefined) return
    await isStored(t, await build(t, await inBucket(server)), async ({ app }, key) => {
      const size = await app.store.size(key)
      return size !== undefined && size > 0
    })
  },
)
