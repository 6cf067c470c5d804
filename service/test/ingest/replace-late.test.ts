import { DerivativeLoader } from '../../delivery/derivative-loader.ts'
import { renderDerivative, toRenderRequest } from '../../delivery/render.ts'
import { unrestrictedTerms } from '../../delivery/resolve.ts'
import { OriginalFileRepository } from '../../metadata/original-files.ts'
import { originalKey } from '../../storage/keys.ts'
import { parseDerivative } from '../../url/grammar.ts'
import { build } from '../support/build.ts'
import { sweep } from '../support/chores.ts'
import { ingested } from '../support/ingested.ts'
import { another } from '../support/limited.ts'
import { photo } from '../support/pictures.ts'
import { at, blue, colorOf, green, red, replace, sha256Of, staleObjects } from '../support/replace.ts'
import { bytesOf, read, type ShownImage } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

const bench = await build(t)
const sign = (id: string, rest: string) => bench.sign(`/processed/${bench.userId}/${id}${rest}`)

t.test('of two replacements at once one wins as a whole', async t => {
  const image = await bench.upload(red)
  const answers = await Promise.all([blue, green, blue, green].map(file => replace(bench, image.id, file)))
  t.strictSame(
    answers.map(({ status }) => status),
    [200, 200, 200, 200],
  )
  const shown = await read<ShownImage>(await bench.get(`/api/v1/images/${image.id}`))
  t.equal(sha256Of(await bytesOf(await fetch(shown.rawUrl))), shown.sha256)
  const winner = shown.sha256 === sha256Of(blue) ? 'blue' : 'green'
  t.equal(await colorOf(await sign(image.id, '_resize_w-30.png')), winner)
  t.strictSame(await staleObjects(bench, image.id), [])
  t.strictSame(await bench.app.database.query('select id from original_files'), [])
})

t.test('work on an earlier original that ends late is not taken for the current one', async t => {
  const { app } = bench
  const image = await bench.upload(red)
  await ingested(app.database, image.id)
  const path = `/processed/${bench.userId}/${image.id}_resize_w-70.png`
  const url = await bench.sign(path)
  const { signal } = new AbortController()
  const resolution = await app.delivery.resolve(parseDerivative(path, app.operations), {
    terms: unrestrictedTerms,
  })
  const late = await renderDerivative({ ...app.delivery, ...app }, toRenderRequest(resolution), { signal })
  const record = await app.metadata.images.find(bench.userId, image.id)
  await read(await replace(bench, image.id, blue))

  app.cache.putInMemory({ ...late.derivative })
  app.delivery.derivativeWriter.enqueue(late.derivative, late.row)
  t.equal(await colorOf(url), 'blue')
  await app.delivery.derivativeWriter.idle()
  t.equal(await colorOf(url), 'blue')
  t.equal(await app.store.size(late.derivative.key), undefined, 'the late derivative is deleted again')
  await app.delivery.derivativeWriter.idle()
  t.equal(await colorOf(at(url, (await another(t, bench)).url)), 'blue', 'from the store')

  const old = { userId: bench.userId, imageId: image.id, version: record!.version }
  const { ingestResults } = app.metadata
  t.equal(await ingestResults.markIngested(old), false)
  t.equal(await ingestResults.saveLadder(old, record!.ladder), false)
  await ingestResults.saveInsight(old, record!.insight)
  await ingested(app.database, image.id)
  const shown = await read<ShownImage>(await bench.get(`/api/v1/images/${image.id}`))
  t.not(shown.thumbhash, (record!.insight as { thumbhash: string }).thumbhash)
})

t.test(
  'a request that rendered the earlier original while it was replaced answers with the new one',
  async t => {
    const image = await bench.upload(red)
    const url = await sign(image.id, '_resize_w-80.png')
    const { load } = DerivativeLoader.prototype
    let isReplaced = false
    t.intercept(DerivativeLoader.prototype, 'load', {
      async value(this: DerivativeLoader, ...args: Parameters<typeof load>) {
        const loaded = await load.apply(this, args)
        if (!isReplaced) await read(await replace(bench, image.id, blue))
        isReplaced = true
        return loaded
      },
    })
    const response = await fetch(url)
    t.match(response.headers.get('cache-control'), /max-age=3600\b/, 'caches are to ask again')
    t.equal(await colorOf(url), 'blue')
    t.equal(response.headers.get('etag'), (await fetch(url)).headers.get('etag'), 'of the new original')
  },
)

t.test('a crash at any point of a replacement is completed or rolled back', async t => {
  const { app, userId } = bench
  const { images, originalFiles } = app.metadata
  const image = await bench.upload(red)
  const url = await sign(image.id, '_resize_w-30.png')
  t.equal(await colorOf(url), 'red')
  await app.delivery.derivativeWriter.idle()
  const version = (await originalFiles.begin(userId, image.id, { extension: 'png', sha256: sha256Of(blue) }))!
  const key = originalKey(userId, image.id, 'png', version)
  await app.store.put(key, blue, { contentType: 'image/png' })

  await sweep(bench)
  t.equal(await app.store.size(key), blue.length, 'a replacement under way is left alone')
  await app.database.query(`update original_files set created_at = now() - interval '2 hours'`)
  await sweep(bench)
  t.equal(await app.store.size(key), undefined, 'one that crashed is rolled back')
  t.strictSame(await app.database.query('select id from original_files'), [])
  t.equal(await colorOf(url), 'red')

  const next = (await originalFiles.begin(userId, image.id, { extension: 'png', sha256: sha256Of(blue) }))!
  await app.store.put(originalKey(userId, image.id, 'png', next), blue, { contentType: 'image/png' })
  const other = await read<ShownImage>(await bench.tryUpload(blue), 201)
  const { facts } = (await images.find(userId, other.id))!
  const { format, width, height, pages, bytes, sha256 } = other
  const content = { extension: 'png', format, width, height, pages, bytes, sha256, facts }
  await app.database.transaction(transaction =>
    new OriginalFileRepository(transaction).complete(userId, image.id, next, { content, fileName: null }),
  )
  await until('the process knows the new original', 2_000, async () => (await colorOf(url)) === 'blue')
  await sweep(bench)
  t.strictSame(await staleObjects(bench, image.id), [], 'one that crashed after its transaction is completed')
  t.strictSame(await app.database.query('select id from original_files'), [])
  t.strictSame(await app.database.query('select id from images where purge_pending is not null'), [])
  t.equal(await colorOf(url), 'blue')
})

t.test('a takedown ends a replacement under way', async t => {
  const { app, userId } = bench
  const image = await bench.upload(red)
  const sha256 = sha256Of(await photo(33, 22, 9).jpeg().toBuffer())
  const version = (await app.metadata.originalFiles.begin(userId, image.id, { extension: 'jpg', sha256 }))!
  await app.metadata.takedowns.deleteImages(sha256)
  const { facts } = (await app.metadata.images.find(userId, image.id))!
  const content = { ...image, extension: 'jpg', sha256, facts }
  await t.rejects(
    app.database.transaction(transaction =>
      new OriginalFileRepository(transaction).complete(userId, image.id, version, {
        content,
        fileName: null,
      }),
    ),
    { code: 'conflict' },
  )
  t.equal((await app.metadata.images.find(userId, image.id))?.sha256, image.sha256)
})
