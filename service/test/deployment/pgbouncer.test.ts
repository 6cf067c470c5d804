import { build } from '../support/build.ts'
import { sweep } from '../support/chores.ts'
import { photo } from '../support/pictures.ts'
import { findPgBouncerObstacle, startPgBouncer } from '../support/services/pgbouncer.ts'
import { emptyDatabase } from '../support/services/postgres.ts'
import { bytesOf, callJson, read, type ShownImage } from '../support/session.ts'
import t, { skipFile } from '../support/tap.ts'

const obstacle = await findPgBouncerObstacle()
if (obstacle) skipFile(obstacle)
const picture = await photo(60, 40).png().toBuffer()

t.test(
  'images are uploaded, delivered, listed and removed through PgBouncer in transaction mode',
  async t => {
    const bench = await build(t, { DATABASE_URL: await startPgBouncer(t, await emptyDatabase(t)) })
    const images = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        bench.upload(picture, { title: `Sea ${index}`, tags: 'blue/deep' }),
      ),
    )
    const { id } = images[0]!
    const listed = async (query: string) =>
      (await read<{ items: ShownImage[] }>(await bench.get(`/api/v1/images?${query}`))).items.length
    // more at once than there are connections to the server
    const counts = await Promise.all(
      ['', 'q=sea', 'q=s', 'tag=blue/deep', 'folder=blue', 'format=png', 'sort=title'].map(listed),
    )
    t.strictSame(counts, [8, 8, 8, 8, 8, 8, 8])
    const urls = await Promise.all(
      images.map(image =>
        bench.sign({ imageId: image.id, operations: [{ op: 'grayscale' }], format: 'png' }),
      ),
    )
    await Promise.all(urls.map(async url => bytesOf(await bench.get(url))))
    await read(
      await callJson(bench, 'PATCH', `/api/v1/images/${id}`, { title: 'Lake', metadata: { sku: '1' } }),
    )
    t.equal(await listed('metadata=sku:1'), 1)
    t.equal((await bench.get(`/api/v1/images/${id}`, { method: 'DELETE' })).status, 204)
    t.equal(await listed('deleted=true'), 1)
    await read(await bench.get(`/api/v1/images/${id}/restore`, { method: 'POST' }))
    t.equal((await bench.get(`/api/v1/images/${id}?purge=true`, { method: 'DELETE' })).status, 204)
    t.match(await read(await bench.get('/api/v1/me/holdings')), { images: 7, deletedImages: 0 })
    await sweep(bench)
    const settings = await Promise.all(
      Array.from({ length: 9 }, () => bench.app.database.query('show enable_seqscan')),
    )
    for (const rows of settings)
      t.strictSame(rows, [{ enable_seqscan: 'on' }], 'the settings of lists do not outlive them')
  },
)
