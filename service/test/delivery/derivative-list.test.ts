import { build } from '../support/build.ts'
import { photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { bytesOf, read } from '../support/session.ts'
import t from '../support/tap.ts'

const picture = await photo(900, 600).jpeg().toBuffer()

t.test('list derivatives returns them page by page, with signed URLs', async t => {
  const bench = await build(t)
  const { id } = await bench.upload(picture)
  const widths = [10, 20, 30]
  for (const w of widths)
    await bytesOf(await bench.get(await bench.sign(`/processed/${bench.userId}/${id}_resize_w-${w}.jpg`)))
  await bench.app.delivery.derivativeWriter.idle()
  interface Page {
    items: { fileName: string; width: number; height: number; etag: string; url: string }[]
    nextCursor: string | null
  }
  const path = `/api/v1/images/${id}/derivatives`
  const first = await read<Page>(await bench.get(`${path}?limit=2`))
  const rest = await read<Page>(await bench.get(`${path}?limit=2&cursor=${first.nextCursor}`))
  const items = [...first.items, ...rest.items]
  t.strictSame(
    items.map(({ fileName, width, height }) => [fileName, width, height]),
    widths.map(w => [`${id}_resize_w-${w}.jpg`, w, Math.round((w * 600) / 900)]),
  )
  t.equal(rest.nextCursor, null)
  for (const { url, etag } of items) t.equal((await fetch(url)).headers.get('etag'), etag)
  await isProblemResponse(t, await bench.get(`${path}?cursor=x`), 'bad-request')
  await isProblemResponse(t, await bench.get(`${path}?limit=0`), 'bad-request')
})

t.test('list derivatives counts the hits of the last 30 days by canonical name', async t => {
  const bench = await build(t)
  const { usage, database } = bench.app
  const { id } = await bench.upload(picture)
  const path = `/processed/${bench.userId}/${id}`
  const request = async (rest: string, times: number, headers = {}) => {
    const url = await bench.sign(path + rest)
    for (let at = 0; at < times; at++) await bytesOf(await fetch(url, { headers }))
  }
  await request('_resize_w-10.jpg', 4)
  await request('_resize_w-20.auto', 2, { accept: 'image/webp' })
  await request('_resize_w-20.webp', 1)
  await request('.png', 3)
  await bytesOf(await fetch(await bench.sign(`/raw/${bench.userId}/${id}-orig.jpg`)))
  await bench.app.delivery.derivativeWriter.idle()
  await usage.flush()
  interface Page {
    items: { fileName: string; hits: number }[]
  }
  const hits = async () => {
    const { items } = await read<Page>(await bench.get(`/api/v1/images/${id}/derivatives`))
    return Object.fromEntries(items.map(({ fileName, hits }) => [fileName, hits]))
  }
  const all = { [`${id}.png`]: 3, [`${id}_resize_w-10.jpg`]: 4, [`${id}_resize_w-20.webp`]: 3 }
  t.strictSame(await hits(), all)
  // the test sets days by the database's clock, as the service does
  const ageUsage = (days: number) =>
    database.query(`update usage_tops set day = (now() at time zone 'utc')::date - $1::int`, [days])
  await ageUsage(29)
  t.strictSame(await hits(), all)
  await ageUsage(30)
  t.strictSame(await hits(), Object.fromEntries(Object.keys(all).map(name => [name, 0])))
})
