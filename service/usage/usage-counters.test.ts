import t from '../test/support/tap.ts'
import { UsageCounters } from './usage-counters.ts'

t.test('counters stay valid after a drain', async t => {
  const counters = new UsageCounters()
  const counts = counters.countsFor('ann123', 'image1', 'flip.jpg')
  counts.memory += 2
  counts.bytes += 10
  t.match(counters.drain(), { days: [{ userId: 'ann123', requests: 2, memory: 2, bytes: 10 }] })
  t.equal(counters.drain(), undefined, 'nothing was counted since')
  counts.memory++
  t.match(counters.drain(), { days: [{ requests: 1, memory: 1, bytes: 0 }] })
  t.equal(counters.countsFor('ann123', 'image1', 'flip.jpg'), counts)
})

t.test('the number of names per user is limited, without losing counts or affecting other users', async t => {
  const counters = new UsageCounters()
  for (let at = 0; at < 5_000; at++) counters.countsFor('flood1', `image${at}`, 'a.jpg').miss++
  counters.countsFor('ann123', 'image1', 'a.jpg').store++
  const { days, tops } = counters.drain()!
  t.match(days, [
    { userId: 'flood1', requests: 5_000, miss: 5_000 },
    { userId: 'ann123', requests: 1 },
  ])
  const images = tops.filter(({ userId, kind }) => userId === 'flood1' && kind === 'image')
  t.equal(images.length, 1_000)
  t.strictSame(
    tops.filter(({ userId }) => userId === 'ann123').map(({ kind, name }) => `${kind} ${name}`),
    ['image image1', 'transform a.jpg', 'derivative image1_a.jpg'],
  )
})

t.test('a thousand equally busy images are all counted, again after each drain', async t => {
  const counters = new UsageCounters()
  const names = Array.from({ length: 1_000 }, (_, at) => `image${at}`)
  for (const round of ['first', 'second']) {
    for (const name of names) counters.countsFor('ann123', name, 'a.jpg').memory++
    const { tops } = counters.drain()!
    for (const kind of ['image', 'derivative'])
      t.equal(tops.filter(top => top.kind === kind && top.requests === 1).length, 1_000, `${round} ${kind}`)
  }
})

t.test('most requested names come first, and long names are truncated', async t => {
  const counters = new UsageCounters()
  for (const [image, times] of [
    ['rare11', 1],
    ['often1', 9],
    ['middle', 5],
  ] as const)
    counters.countsFor('ann123', image, 'x'.repeat(900)).shared += times
  const tops = counters.drain()!.tops
  t.strictSame(
    tops.slice(0, 3).map(({ name }) => name),
    ['often1', 'middle', 'rare11'],
  )
  t.match(tops[3], { kind: 'transform', name: 'x'.repeat(300), requests: 15 })
})

t.test('derivatives are counted by file name, except originals and those with a truncated name', async t => {
  const counters = new UsageCounters()
  for (const [transform, times] of [
    ['flip.jpg', 3],
    ['.webp', 2],
    ['original', 9],
    [`text_t-${'x'.repeat(300)}.jpg`, 9],
  ] as const)
    counters.countsFor('ann123', 'image1', transform).memory += times
  const derivatives = counters.drain()!.tops.filter(({ kind }) => kind === 'derivative')
  t.strictSame(
    derivatives.map(({ name, requests }) => [name, requests]),
    [
      ['image1_flip.jpg', 3],
      ['image1.webp', 2],
    ],
  )
})

t.test('errors, renderings and fallback responses are counted', async t => {
  const counters = new UsageCounters()
  counters.countError('ann123', 'not-found')
  counters.countError('ann123', 'not-found')
  counters.countOther('ann123', 7)
  counters.countRender('ben123', 12.5)
  const { days, tops } = counters.drain()!
  t.match(days, [
    { userId: 'ann123', requests: 3, errors: 2, bytes: 7 },
    { userId: 'ben123', requests: 0, developments: 1, cpuMs: 12.5 },
  ])
  t.strictSame(tops, [{ userId: 'ann123', kind: 'code', name: 'not-found', requests: 2, bytes: 0 }])
})
