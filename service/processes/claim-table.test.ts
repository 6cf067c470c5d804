import type { Derivative } from '../cache/memory-tier.ts'
import t from '../test/support/tap.ts'
import { type Claimant, ClaimTable } from './claim-table.ts'

const derivative: Derivative = {
  ...{ key: 'a', data: Buffer.from('image'), contentType: 'image/jpeg', etag: '"1"', variant: 'final' },
}
const holding: Claimant = { give: async () => derivative }
const empty: Claimant = { give: async () => undefined }

/** Whether a promise has not been settled after all that is due. */
async function waits(promise: Promise<unknown>): Promise<boolean> {
  const later = new Promise(resolve => setImmediate(resolve, 'waits'))
  return (await Promise.race([promise, later])) === 'waits'
}

t.test('the others get what the first has rendered, also until it is stored', async t => {
  const table = new ClaimTable()
  t.equal(await table.claim('a', holding), 'granted')
  t.equal(await table.claim('b', empty), 'granted', 'another key is free')
  const second = table.claim('a', empty)
  t.ok(await waits(second))
  table.rendered('a', holding)
  t.equal(await second, derivative)
  t.equal(await table.claim('a', empty), derivative, 'it is rendered and not stored yet')
  table.release('a', holding)
  t.equal(await table.claim('a', empty), 'granted')
})

t.test('the claim passes on when the render fails, and when its process dies', async t => {
  const table = new ClaimTable()
  const [first, second, third, fourth] = [{ ...empty }, { ...empty }, { ...empty }, { ...holding }]
  await table.claim('a', first)
  const results = [second, third, fourth].map(each => table.claim('a', each))
  table.leave(second)
  table.release('a', second)
  t.ok(await waits(Promise.race(results)), 'only its holder can release it')
  table.release('a', first)
  t.equal(await results[1], 'granted', 'the one that has left is not asked')
  table.leave(third)
  t.equal(await results[2], 'granted')
  table.leave(fourth)
  t.equal(table.size, 0)
})

t.test('a process that dies while it gives the derivative passes the claim on', async t => {
  const table = new ClaimTable()
  let fail = (_: Error) => {}
  const dying: Claimant = {
    give: () =>
      new Promise((_, reject) => {
        fail = reject
      }),
  }
  await table.claim('a', dying)
  const second = table.claim('a', empty)
  table.rendered('a', dying)
  table.leave(dying)
  fail(new Error('the process has ended'))
  t.equal(await second, 'granted')
})
