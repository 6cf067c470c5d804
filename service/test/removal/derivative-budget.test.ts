import { limitOf } from '../../removal/derivative-eviction.ts'
import { type Bench, build } from '../support/build.ts'
import { buildLimited } from '../support/limited.ts'
import { objectsOf, recordsOf } from '../support/objects.ts'
import { photo } from '../support/pictures.ts'
import { bytesOf, read, type Session } from '../support/session.ts'
import t from '../support/tap.ts'

const run = ({ app }: Bench, chore = 'unused-derivatives') => app.jobs.tasks.runChores([chore])

/** Says of a derivative of a width how many days ago it was rendered and used, and gives it a size of 1,000 bytes. */
async function date({ app }: Bench, width: number, rendered: number, used: number | null = null) {
  await app.database.query(
    `update derivatives set bytes = 1000, created_at = now() - $2 * interval '1 day',
       used_on = (now() at time zone 'UTC')::date - $3::int
     where file_name like $1`,
    [`%_resize_w-${width}.jpg`, rendered, used],
  )
}

t.test('a budget evicts derivatives by last use', async t => {
  let bench = await build(t, { DARKROOM_STORE_MAX_GB: '0.000003' })
  const { id } = await bench.upload(await photo(90, 60).jpeg().toBuffer())
  const name = (width: number) => `${id}_resize_w-${width}.jpg`
  const get = async (width: number) => {
    const response = await fetch(await bench.sign(`/processed/${bench.userId}/${name(width)}`))
    await bytesOf(response)
    return `${response.status} ${response.headers.get('darkroom-cache')}`
  }
  for (const width of [50, 51, 52, 53]) await get(width)
  await bench.app.delivery.derivativeWriter.idle()
  const originals = await objectsOf(bench, 'raw', 'rungs')
  await date(bench, 50, 40)
  await date(bench, 51, 500, 2)
  await date(bench, 52, 450, 30)
  await date(bench, 53, 0)

  await t.test('those not used for the longest time go, and are rendered again', async t => {
    await run(bench)
    t.strictSame(await recordsOf(bench), [name(51), name(53)])
    t.strictSame(await objectsOf(bench, 'processed'), [name(51), name(53)])
    t.strictSame(await objectsOf(bench, 'raw', 'rungs'), originals)
    t.equal(await bench.metric('darkroom_derivative_bytes'), 4000)
    t.equal(await bench.metric('darkroom_derivatives_evicted'), 2)
    t.equal(await get(50), '200 memory', 'memory keeps what it has')
    bench = await bench.restart()
    t.equal(await get(50), '200 miss')
    t.equal(await get(53), '200 store')
    await bench.app.delivery.derivativeWriter.idle()
  })

  await t.test('within the budget all stay', async t => {
    await run(bench)
    t.strictSame(await recordsOf(bench), [name(50), name(51), name(53)])
  })

  await t.test('a request for a stored derivative is recorded as its last use', async t => {
    await date(bench, 51, 50)
    await date(bench, 50, 40)
    t.equal(await get(51), '200 store')
    await bench.app.delivery.derivativeUses.flush()
    const rows = await bench.app.database.query<{ file_name: string }>(
      `select file_name from derivatives where used_on = (now() at time zone 'UTC')::date`,
    )
    t.strictSame(rows, [{ file_name: name(51) }])
  })

  await t.test('an interrupted eviction goes on from its position, and spares those used since', async t => {
    const after = { userId: bench.userId, imageId: id, fileName: name(50) }
    const lastDay = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10)
    await date(bench, 53, 20)
    await bench.app.database.query(
      `update tasks set position = $1 where kind = 'unused-derivatives' and state = 'waiting'`,
      [JSON.stringify({ after, lastDay, rest: 1 })],
    )
    await run(bench)
    t.strictSame(await recordsOf(bench), [name(50), name(51)])
    const { userId, imageId } = after
    const used = [{ userId, imageId, fileName: name(51) }]
    t.equal(await bench.app.metadata.derivativeUses.evict(used, lastDay), 0)
    const today = new Date().toISOString().slice(0, 10)
    await bench.app.database.transaction(async transaction => {
      await transaction.query('select from derivatives for update')
      t.equal(await bench.app.metadata.derivativeUses.evict(used, today), 0, 'a locked row is skipped')
    })
  })
})

t.test('the limit of a user evicts derivatives of that user by last use, and refuses none', async t => {
  const { bench, admin, limit } = await buildLimited(t, { derivativeBytes: 3_500 })
  const other = await bench.join('other@example.com')
  const picture = await photo(90, 60).jpeg().toBuffer()
  const ids = new Map<Session, string>()
  for (const session of [bench, other]) ids.set(session, (await session.upload(picture)).id)
  const name = (width: number, session: Session = bench) => `${ids.get(session)}_resize_w-${width}.jpg`
  const get = async (width: number, session: Session = bench) => {
    const url = await session.sign(`/processed/${session.userId}/${name(width, session)}`)
    const response = await fetch(url)
    await bytesOf(response)
    return response.status
  }
  const widths = [50, 51, 52, 53]
  for (const width of widths) {
    t.equal(await get(width), 200)
    t.equal(await get(width, other), 200)
  }
  await bench.app.delivery.derivativeWriter.idle()
  const holdings = async ({ userId }: Session) => read(await admin.get(`/api/v1/users/${userId}/holdings`))
  const all = [...widths.map(width => name(width)), ...widths.map(width => name(width, other))]
  for (const width of widths) await date(bench, width, 100 - width)
  t.match(await holdings(bench), { derivatives: 4, derivativeBytes: 4_000 })
  t.equal(await get(50), 200)
  await bench.app.delivery.derivativeUses.flush()
  const used = `select image_id from derivatives where used_on is not null`
  t.strictSame(await bench.app.database.query(used), [{ image_id: ids.get(bench) }], 'only what is limited')

  await run(bench, 'limited-derivatives')
  t.strictSame(await recordsOf(bench), all.filter(each => each !== name(51)).sort())
  t.strictSame(await objectsOf(bench, 'processed'), await recordsOf(bench))
  t.match(await holdings(bench), { derivatives: 3, derivativeBytes: 3_000, images: 1 })
  t.match(await holdings(other), { derivatives: 4, derivativeBytes: 4_000 })
  await run(bench, 'limited-derivatives')
  t.match(await holdings(bench), { derivatives: 3 }, 'within the limit all stay')

  await read(await limit({ derivativeBytes: 0 }))
  await run(bench, 'limited-derivatives')
  t.match(await holdings(bench), { derivatives: 0, derivativeBytes: 0 })
  t.equal(await get(60), 200, 'a request is never refused')
  t.match(await holdings(other), { derivatives: 4 })
  t.equal(await bench.metric('darkroom_derivatives_evicted'), 4)
})

t.test('the last day of an eviction is the first with which enough bytes are freed', async t => {
  const days = { '2026-03-02': 300, '2026-03-01': 200, '2025-12-31': 100 }
  t.strictSame(limitOf(days, 100), { lastDay: '2025-12-31', rest: 100 })
  t.strictSame(limitOf(days, 350), { lastDay: '2026-03-02', rest: 50 })
})
