import { setTimeout } from 'node:timers/promises'
import { build } from '../support/build.ts'
import { objectsOf, recordsOf } from '../support/objects.ts'
import { photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { bytesOf } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

const picture = await photo(1500, 1000).jpeg().toBuffer()

t.test('deleting an image removes derivatives that contain it', async t => {
  const bench = await build(t)
  const [logo, host] = [await bench.upload(picture), await bench.upload(picture)]
  const sign = (rest: string) => bench.sign(`/processed/${bench.userId}/${host.id}${rest}`)
  const url = await sign(`_resize_w-60_overlay_i-${logo.id}.jpg`)
  const bare = await sign('_resize_w-60.jpg')
  for (const one of [url, bare]) await bytesOf(await bench.get(one))
  await until('both are recorded', 5000, async () => (await recordsOf(bench)).length === 2)
  t.equal((await bench.get(`/api/v1/images/${logo.id}`, { method: 'DELETE' })).status, 204)
  const detail = await isProblemResponse(t, await bench.get(url), 'deleted')
  t.match(detail, logo.id, 'the error names the deleted image')
  t.strictSame(await objectsOf(bench, 'processed'), [`${host.id}_resize_w-60.jpg`])
  t.strictSame(await recordsOf(bench), [`${host.id}_resize_w-60.jpg`])
  await bytesOf(await bench.get(bare))
})

t.test('a running render does not bring a deleted overlay back', async t => {
  for (const heavy of [false, true]) {
    const bench = await build(t, heavy ? { DARKROOM_HEAVY_COST_MS: '0' } : {})
    const host = await bench.upload(picture)
    for (const pauseMs of [0, 30, 80, 150, 300, 600]) {
      const logo = await bench.upload(picture)
      const urls = await Promise.all(
        [900, 700].map(w =>
          bench.sign(`/processed/${bench.userId}/${host.id}_resize_w-${w}_overlay_i-${logo.id}.avif`),
        ),
      )
      const requests = urls.map(url => bench.get(url))
      await setTimeout(pauseMs)
      t.equal((await bench.get(`/api/v1/images/${logo.id}`, { method: 'DELETE' })).status, 204)
      for (const response of await Promise.all(requests)) {
        t.ok([200, 410, 503].includes(response.status), `answered ${response.status}`)
        await response.arrayBuffer()
      }
      for (const url of urls) {
        // a cached response may be served for up to a second
        await until('it is gone', 5000, async () => (await bench.get(url)).status === 410)
        await isProblemResponse(t, await bench.get(url), 'deleted')
      }
    }
    await bench.app.delivery.derivativeWriter.idle()
    await until(
      'no job is waiting',
      20_000,
      async () => (await bench.app.queue.countPending('develop')) === 0,
    )
    await bench.app.jobs.worker.drain(20_000)
    t.strictSame(await objectsOf(bench, 'processed'), [])
    t.strictSame(await recordsOf(bench), [])
  }
})
