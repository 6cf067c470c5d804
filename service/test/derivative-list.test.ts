import t from 'tap'
import { build } from './build.ts'
import { photo } from './pictures.ts'
import { isProblemResponse } from './problem.ts'
import { bytesOf, read } from './session.ts'

const picture = await photo(900, 600).jpeg().toBuffer()

t.test('what was developed of an image is listed, page by page', async t => {
  const bench = await build(t)
  const { id } = await bench.upload(picture)
  const widths = [10, 20, 30]
  for (const w of widths)
    await bytesOf(await bench.get(await bench.sign(`/processed/${bench.userId}/${id}_resize_w-${w}.jpg`)))
  await bench.app.keeper.idle()
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
