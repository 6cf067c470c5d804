import { build } from '../support/build.ts'
import { type CallReceiver, openCallReceiver } from '../support/call-receiver.ts'
import { sweepOutbox } from '../support/chores.ts'
import { freePort } from '../support/free-port.ts'
import { photo } from '../support/pictures.ts'
import { bytesOf, read } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

const picture = await photo(300, 200).jpeg().toBuffer()

/** The variables of a service that purges this CDN. */
const variablesOf = (edge: CallReceiver) => ({
  DARKROOM_EDGE_PURGE: `${edge.url}/`,
  DARKROOM_EDGE_TOKEN: 'a-secret',
})

t.test('CDN is called only after every process has stopped serving the deleted image', async t => {
  const edge = await openCallReceiver(t)
  const bench = await build(t, variablesOf(edge))
  const other = await build(t, { ...bench.environment, PORT: String(await freePort()) })
  const at = (url: string) => url.replace(bench.url, other.url)
  for (const query of ['', '?purge=true']) {
    const { id, rawUrl } = await bench.upload(picture)
    const known = await bench.sign({ imageId: id, format: 'png' })
    const cold = await bench.sign({ imageId: id, operations: [{ op: 'flip' }], format: 'png' })
    for (const url of [known, known, rawUrl]) await bytesOf(await fetch(at(url)))
    const answers: number[] = []
    edge.answer(200, {
      async onCall() {
        for (const url of [known, cold, rawUrl]) answers.push((await fetch(at(url))).status)
      },
    })
    const before = edge.calls.length
    t.equal((await bench.get(`/api/v1/images/${id}${query}`, { method: 'DELETE' })).status, 204)
    // requests go on all the while, as from a busy page
    await until('the CDN is called', 10_000, async () => {
      await (await fetch(at(known))).arrayBuffer()
      return edge.calls.length > before
    })
    t.strictSame(answers, [410, 410, 410])
  }
})

t.test('pending purge calls survive a restart', async t => {
  const edge = await openCallReceiver(t)
  const bench = await build(t, variablesOf(edge))
  const { id } = await bench.upload(picture)
  edge.answer(500)
  await read(await bench.get(`/api/v1/images/${id}/purge`, { method: 'POST' }))
  await until('a call has failed', 20_000, () => edge.calls.length > 0)
  const again = await bench.restart()
  const { database } = again.app
  const left = () => database.query('select id from edge_calls')
  t.equal((await left()).length, 1)
  edge.answer(200)
  const count = edge.calls.length
  await sweepOutbox(again)
  t.equal(edge.calls.length, count, 'a call whose job may still exist is left alone')
  await database.query(`update edge_calls set due_at = now() - interval '1 second'`)
  await Promise.all([sweepOutbox(again), sweepOutbox(again)])
  await until('no call is pending', 20_000, async () => (await left()).length === 0)
  t.equal(edge.calls.length, count + 1)
  t.match(edge.tags().at(-1), `i-${id}`)
})
