import t from '../test/support/tap.ts'
import { KeyedCounter } from './keyed-counter.ts'

t.test('work is counted by key and in total until it leaves', async t => {
  const counter = new KeyedCounter()
  const leaveFirst = counter.enter('a')
  counter.enter('a')
  counter.enter('b')
  t.strictSame([counter.count('a'), counter.count('b'), counter.count('c'), counter.total], [2, 1, 0, 3])
  leaveFirst()
  leaveFirst()
  t.strictSame([counter.count('a'), counter.total], [1, 2], 'leaving twice counts once')
})

t.test('tracked work is counted while it runs, whether it succeeds or fails', async t => {
  const counter = new KeyedCounter()
  t.equal(await counter.track('a', async () => counter.count('a')), 1)
  await t.rejects(
    counter.track('a', () => Promise.reject(new Error('failed'))),
    { message: 'failed' },
  )
  t.strictSame([counter.count('a'), counter.total], [0, 0])
})
