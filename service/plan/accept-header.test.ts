import t from '../test/support/tap.ts'
import { readAccept } from './accept-header.ts'

const read = (header: string) => {
  const { named, others } = readAccept(header)
  return [Object.fromEntries(named), others]
}

t.test('Accept: media types get their weights', async t => {
  t.strictSame(read('image/avif,IMAGE/WebP ; q=0.5, image/*;q=0.8,*/*;q=0.1'), [
    { 'image/avif': 1, 'image/webp': 0.5, 'image/*': 0.8, '*/*': 0.1 },
    0.8,
  ])
  t.strictSame(read('image/png;q=0'), [{ 'image/png': 0 }, 0])
  t.strictSame(read('image/png; level=9 ;Q = 0.250;ext="q=1"'), [{ 'image/png': 0.25 }, 0])
  t.strictSame(read('image/png;a="x, image/avif;q=1, y";q=0.5,image/webp'), [
    { 'image/png': 0.5, 'image/webp': 1 },
    0,
  ])
  t.strictSame(read('image/png;a="\\", image/avif,"'), [{ 'image/png': 1 }, 0], 'an escaped quote')
})

t.test(
  'Accept: a range with an invalid weight is ignored, and a header without ranges accepts anything',
  async t => {
    for (const weight of ['2', '-1', 'high', '', '1.5', '0x1', '.5']) {
      t.strictSame(read(`image/avif;q=${weight},image/webp`), [{ 'image/webp': 1 }, 0], weight)
    }
    for (const nothing of ['', ',;q=,', 'avif', '*', `${'a/a,'.repeat(300)}image/avif`]) {
      t.strictSame(read(nothing), [{}, 1], nothing.slice(0, 20))
    }
    t.strictSame(readAccept(undefined).others, 1)
  },
)

t.test('Accept: parsing takes linear time', async t => {
  const slowest = ['"\\', '"', '\\"', ';q=0', ',', ';', 'q=0 ', ' '].map(part => {
    const header = part.repeat(1024).slice(0, 1024)
    const begun = performance.now()
    for (let round = 0; round < 20; round++) readAccept(header)
    return (performance.now() - begun) / 20
  })
  t.ok(Math.max(...slowest) < 5, `${Math.max(...slowest).toFixed(2)} ms`)
})
