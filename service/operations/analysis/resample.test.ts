import t from '../../test/support/tap.ts'
import { resample } from './resample.ts'

/** Pixels of one row. */
const row = (...pixels: number[][]) => ({
  data: Uint8Array.from(pixels.flat()),
  width: pixels.length,
  height: 1,
})
const [red, blue, clear] = [
  [200, 0, 0, 255],
  [0, 0, 100, 255],
  [0, 0, 0, 0],
] as const

t.test('pixels are shrunk to the mean of their areas', async t => {
  const halved = resample(row([...red], [...blue], [...blue], [...blue]), { width: 2, height: 1 })
  t.strictSame([...halved.data], [100, 0, 50, 255, 0, 0, 100, 255])
  const [r, , b] = resample(row([...red], [...blue], [...blue]), { width: 2, height: 1 }).data
  t.strictSame([r, b], [133, 33], 'the pixel in the middle belongs to both by half')
})

t.test('colours of transparent pixels do not count when pixels are resized', async t => {
  const [r, g, b, alpha] = resample(row([...red], [...clear]), { width: 1, height: 1 }).data
  t.strictSame([r, g, b, alpha], [200, 0, 0, 128])
})

t.test('pixels of one colour keep it at any size', async t => {
  for (const [width, height] of [
    [1, 1],
    [3, 5],
    [40, 2],
  ] as const) {
    const { data } = resample(
      { data: Uint8Array.from({ length: 36 }, () => 90), width: 3, height: 3 },
      { width, height },
    )
    t.equal(data.length, width * height * 4)
    t.ok(
      data.every(value => value === 90),
      `${width}x${height}`,
    )
  }
})
