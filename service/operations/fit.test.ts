import fc from 'fast-check'
import t from '../test/support/tap.ts'
import { type FitRequest, fitSize } from './fit.ts'

const side = fc.integer({ min: 1, max: 9000 })
const frame = fc.record({ width: side, height: side })
const fitRequest = (request: Partial<FitRequest>): FitRequest => ({
  width: undefined,
  height: undefined,
  minWidth: 1,
  minHeight: 1,
  fit: 'inside',
  enlarge: false,
  ...request,
})
const fits = fc.constantFrom('cover', 'contain', 'fill', 'inside', 'outside') as fc.Arbitrary<
  FitRequest['fit']
>

t.test('a single requested side is reached to the pixel with every fit', async () => {
  fc.assert(
    fc.property(frame, side, fits, fc.boolean(), (from, length, fit, isHeight) => {
      const request = isHeight ? { height: length } : { width: length }
      const { output } = fitSize(from, fitRequest({ ...request, fit, enlarge: true }))
      return (isHeight ? output.height : output.width) === length
    }),
  )
})

t.test('no side is scaled up without enlarge', async () => {
  fc.assert(
    fc.property(frame, frame, fits, (from, to, fit) => {
      const { scaled } = fitSize(from, fitRequest({ ...to, fit, minWidth: 300, minHeight: 200 }))
      return scaled.width <= from.width && scaled.height <= from.height
    }),
  )
})

t.test(
  'inside fits within the frame, outside covers it, and cover, contain and fill return its size',
  async () => {
    fc.assert(
      fc.property(frame, frame, (from, to) => {
        const of = (fit: FitRequest['fit']) => fitSize(from, fitRequest({ ...to, fit, enlarge: true })).output
        const inside = of('inside')
        const outside = of('outside')
        return (
          inside.width <= to.width &&
          inside.height <= to.height &&
          outside.width >= to.width &&
          outside.height >= to.height &&
          ['cover', 'contain', 'fill'].every(fit => {
            const { width, height } = of(fit as FitRequest['fit'])
            return width === to.width && height === to.height
          })
        )
      }),
    )
  },
)

t.test('sizes of typical requests', async t => {
  const from = { width: 5640, height: 3172 }
  t.strictSame(fitSize(from, fitRequest({ width: 500 })).output, { width: 500, height: 281 })
  t.strictSame(fitSize({ width: 1920, height: 1280 }, fitRequest({ width: 500 })).output, {
    width: 500,
    height: 333,
  })
  const small = { width: 600, height: 600 }
  const wide = { width: 1000, height: 500 }
  t.strictSame(fitSize(small, fitRequest({ ...wide, fit: 'cover' })).output, { width: 600, height: 500 })
  t.strictSame(fitSize(small, fitRequest({ ...wide, fit: 'contain' })).output, wide)
  t.strictSame(fitSize(small, fitRequest({ ...wide, fit: 'contain' })).scaled, { width: 500, height: 500 })
  t.strictSame(fitSize(from, fitRequest({ width: 100, minHeight: 200 })).output, { width: 356, height: 200 })
  t.strictSame(fitSize({ width: 9000, height: 3 }, fitRequest({ width: 10 })).output, {
    width: 10,
    height: 1,
  })
})
