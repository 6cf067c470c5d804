import sharp from 'sharp'
import { build } from '../support/build.ts'
import { ingested } from '../support/ingested.ts'
import { photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { read, type Session, type ShownImage } from '../support/session.ts'
import t from '../support/tap.ts'

const picture = await photo(600, 400).png().toBuffer()
const smaller = await sharp(picture).resize(240).jpeg({ quality: 70 }).toBuffer()
const turned = await sharp(picture).rotate(90).negate().png().toBuffer()

interface Found {
  readonly items: readonly { exact: boolean; distance: number | null; image: ShownImage }[]
}

const find = async (session: Session, id: string, query = '') =>
  (await read<Found>(await session.get(`/api/v1/images/${id}/duplicates${query}`))).items

t.test('an upload returns older images of the same bytes', async t => {
  const bench = await build(t)
  const other = await bench.join('other@example.com')
  const upload = async (session: Session) =>
    read<ShownImage & { duplicates: string[] }>(await session.tryUpload(picture), 201)
  const first = await upload(bench)
  t.strictSame(first.duplicates, [])
  const second = await upload(bench)
  t.strictSame(second.duplicates, [first.id])
  t.strictSame((await upload(other)).duplicates, [], 'images of other users are left out')
  await bench.get(`/api/v1/images/${first.id}`, { method: 'DELETE' })
  t.strictSame((await upload(bench)).duplicates, [second.id], 'deleted images are left out')
})

t.test('duplicates lists identical and similar images, the most similar first', async t => {
  const bench = await build(t)
  const other = await bench.join('other@example.com')
  const [one, same, near, far] = [
    await bench.upload(picture),
    await bench.upload(picture),
    await bench.upload(smaller),
    await bench.upload(turned),
  ]
  const theirs = await other.upload(picture)
  await ingested(bench.app.database, ...[one, same, near, far, theirs].map(({ id }) => id))
  const found = await find(bench, one.id)
  t.strictSame(
    found.map(({ exact, image }) => [exact, image.id]),
    [
      [true, same.id],
      [false, near.id],
    ],
  )
  t.equal(found[0]?.distance, 0)
  t.ok(found[1]!.distance! <= 8, `${found[1]?.distance} bits`)
  t.strictSame(
    (await find(bench, near.id)).map(({ image }) => image.id).sort(),
    [one.id, same.id].sort(),
    'similarity is symmetric',
  )
  t.strictSame(await find(bench, far.id), [], 'a different picture is no duplicate')
  t.equal((await find(bench, one.id, '?limit=1')).length, 1)
  t.strictSame(await find(other, theirs.id), [])
  await bench.app.database.query(
    `update images set insight = jsonb_set(insight, '{pHash}', '"0000000000000000"') where id = $1`,
    [one.id],
  )
  // differs in three bits
  await bench.app.database.query(
    `update images set insight = jsonb_set(insight, '{pHash}', '"8000000100000001"') where id = $1`,
    [near.id],
  )
  const nears = async (query: string) =>
    (await find(bench, one.id, query)).filter(({ exact }) => !exact).map(({ distance }) => distance)
  t.strictSame(await nears('?distance=2'), [])
  t.strictSame(await nears('?distance=3'), [3])
})

t.test('duplicates rejects invalid requests and unknown images', async t => {
  const bench = await build(t)
  const other = await bench.join('other@example.com')
  const { id } = await bench.upload(picture)
  const ask = (session: Session, image: string, query = '') =>
    session.get(`/api/v1/images/${image}/duplicates${query}`)
  await isProblemResponse(t, await ask(other, id), 'not-found')
  await isProblemResponse(t, await ask(bench, 'unknown1'), 'not-found')
  for (const query of ['?distance=17', '?distance=-1', '?limit=0', '?limit=201', '?near=1'])
    await isProblemResponse(t, await ask(bench, id, query), 'bad-request', query)
  await bench.get(`/api/v1/images/${id}`, { method: 'DELETE' })
  await isProblemResponse(t, await ask(bench, id), 'not-found')
})
