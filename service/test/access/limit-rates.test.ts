import { another, buildLimited } from '../support/limited.ts'
import { photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { bytesOf, callJson, read, type Session } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

const picture = await photo(300, 200).jpeg().toBuffer()

for (const kind of ['light', 'heavy']) {
  t.test(`developmentsPerDay limits ${kind} developments of all processes together`, async t => {
    const overrides = kind === 'heavy' ? { DARKROOM_HEAVY_COST_MS: '0' } : {}
    const { bench, limit } = await buildLimited(t, { developmentsPerDay: 3 }, overrides)
    const other = await another(t, bench)
    const { id } = await bench.upload(picture)
    const at = (session: Session, url: string) =>
      fetch(new URL(new URL(url).pathname + new URL(url).search, session.url))
    const urls = await Promise.all(
      [50, 60, 70, 80].map(w => bench.sign(`/processed/${bench.userId}/${id}_resize_w-${w}.jpg`)),
    )
    const [first = '', second = '', third = '', fourth = ''] = urls
    for (const [session, url] of [
      [bench, first],
      [other, second],
      [bench, third],
    ] as const)
      await bytesOf(await at(session, url))
    for (const session of [bench, other]) {
      const refused = await at(session, fourth)
      const left = Number(refused.headers.get('retry-after'))
      t.ok(left > 0 && left <= 86_400, `retry-after is ${left} s, until midnight`)
      const detail = await isProblemResponse(t, refused, 'too-many-requests')
      t.equal(detail, 'developmentsPerDay: at most 3, from midnight to midnight UTC')
    }
    const order = await callJson(bench, 'POST', `/api/v1/images/${id}/eager`, {
      transforms: [{ operations: 'resize_w-90', format: 'jpg' }],
    })
    await isProblemResponse(t, order, 'too-many-requests')
    await bytesOf(await at(bench, first))
    await bench.app.delivery.derivativeWriter.idle()
    await bytesOf(await at(other, first))
    await read(await limit({ developmentsPerDay: 4 }))
    await until('a request is allowed again', 10_000, async () => (await at(bench, fourth)).status === 200)
  })
}

t.test('requestsPerSecond limits requests, memory hits included', async t => {
  const perSecond = 2
  const { bench } = await buildLimited(t, { requestsPerSecond: perSecond })
  const free = await bench.join('free@example.com')
  const urlOf = async (session: Session) => {
    const { id } = await session.upload(picture)
    return session.sign(`/processed/${session.userId}/${id}_resize_w-50.jpg`)
  }
  const [url, others] = [await urlOf(bench), await urlOf(free)]
  const begun = performance.now()
  const counts = new Map<number, number>()
  let refused: Response | undefined
  for (let sent = 0; sent < 80; sent++) {
    const response = await fetch(url)
    counts.set(response.status, (counts.get(response.status) ?? 0) + 1)
    if (response.status === 429) refused ??= response
    else await bytesOf(response)
    await bytesOf(await fetch(others))
  }
  const seconds = (performance.now() - begun) / 1000
  const served = counts.get(200) ?? 0
  t.ok(served >= perSecond, `${served} served`)
  t.ok(served <= perSecond * (seconds + 1) + 1, `${served} served in ${seconds} s`)
  t.equal(served + (counts.get(429) ?? 0), 80)
  if (refused)
    t.equal(await isProblemResponse(t, refused, 'too-many-requests'), 'requestsPerSecond: at most 2')
  await until('a request is allowed again', 10_000, async () => (await fetch(url)).status === 200)

  const unsigned = url.replace(/s=[^&]+/, `s=${'A'.repeat(43)}`)
  await until('the bucket is empty', 10_000, async () => (await fetch(url)).status === 429)
  t.equal((await fetch(unsigned)).status, 403, 'an unsigned request is not counted')
})
