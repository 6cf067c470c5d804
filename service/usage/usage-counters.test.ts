import t from 'tap'
import { UsageCounters } from './usage-counters.ts'

t.test('numbers that were given out go on to count after a drain', async t => {
  const tally = new UsageCounters()
  const count = tally.countsFor('ann123', 'image1', 'flip.jpg')
  count.memory += 2
  count.bytes += 10
  t.match(tally.drain(), { days: [{ userId: 'ann123', requests: 2, memory: 2, bytes: 10 }] })
  t.equal(tally.drain(), undefined, 'nothing was counted since')
  count.memory++
  t.match(tally.drain(), { days: [{ requests: 1, memory: 1, bytes: 0 }] })
  t.equal(tally.countsFor('ann123', 'image1', 'flip.jpg'), count)
})

t.test('a flood of names is bounded, its sums are not lost, and others keep theirs', async t => {
  const tally = new UsageCounters()
  for (let at = 0; at < 5_000; at++) tally.countsFor('flood1', `image${at}`, 'a.jpg').miss++
  tally.countsFor('ann123', 'image1', 'a.jpg').store++
  const { days, tops } = tally.drain()!
  t.match(days, [
    { userId: 'flood1', requests: 5_000, miss: 5_000 },
    { userId: 'ann123', requests: 1 },
  ])
  const images = tops.filter(({ userId, kind }) => userId === 'flood1' && kind === 'image')
  t.equal(images.length, 200)
  t.strictSame(
    tops.filter(({ userId }) => userId === 'ann123').map(({ kind, name }) => `${kind} ${name}`),
    ['image image1', 'transform a.jpg', 'derivative image1_a.jpg'],
  )
})

t.test('the most frequent are told, the first first, and names are cut', async t => {
  const tally = new UsageCounters()
  for (const [image, times] of [
    ['rare11', 1],
    ['often1', 9],
    ['middle', 5],
  ] as const)
    tally.countsFor('ann123', image, 'x'.repeat(900)).shared += times
  const tops = tally.drain()!.tops
  t.strictSame(
    tops.slice(0, 3).map(({ name }) => name),
    ['often1', 'middle', 'rare11'],
  )
  t.match(tops[3], { kind: 'transform', name: 'x'.repeat(300), requests: 15 })
})

t.test('a derivative is called as its file, unless its name was cut; an original is none', async t => {
  const tally = new UsageCounters()
  for (const [transform, times] of [
    ['flip.jpg', 3],
    ['.webp', 2],
    ['original', 9],
    [`text_t-${'x'.repeat(300)}.jpg`, 9],
  ] as const)
    tally.countsFor('ann123', 'image1', transform).memory += times
  const derivatives = tally.drain()!.tops.filter(({ kind }) => kind === 'derivative')
  t.strictSame(
    derivatives.map(({ name, requests }) => [name, requests]),
    [
      ['image1_flip.jpg', 3],
      ['image1.webp', 2],
    ],
  )
})

t.test('errors, developments and other answers are days of their own', async t => {
  const tally = new UsageCounters()
  tally.countError('ann123', 'not-found')
  tally.countError('ann123', 'not-found')
  tally.countOther('ann123', 7)
  tally.countRender('ben123', 12.5)
  const { days, tops } = tally.drain()!
  t.match(days, [
    { userId: 'ann123', requests: 3, errors: 2, bytes: 7 },
    { userId: 'ben123', requests: 0, developments: 1, cpuMs: 12.5 },
  ])
  t.strictSame(tops, [{ userId: 'ann123', kind: 'code', name: 'not-found', requests: 2, bytes: 0 }])
})
