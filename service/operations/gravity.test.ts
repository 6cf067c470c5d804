import fc from 'fast-check'
import t from '../test/support/tap.ts'
import { chooseCrop } from './gravity.ts'
import type { Region } from './shapes.ts'
import type { ImageContext } from './stage.ts'

const frame = { width: 1000, height: 800, alpha: false }
const contextWith = (known: Partial<ImageContext> = {}): ImageContext => ({
  vector: false,
  animated: false,
  images: new Map(),
  ...known,
})
const face = (left: number, top: number, side: number): Region => ({ left, top, width: side, height: side })
const keep = (faces: readonly Region[], width: number, height: number, scaled = frame) =>
  chooseCrop(frame, scaled, { width, height }, 'face', contextWith({ faces }))
const region = (left: number, top: number, width: number, height: number) => ({
  region: { left, top, width, height },
})

t.test('face gravity keeps all large faces if they fit, otherwise the largest', async t => {
  const [father, child, passerBy] = [face(200, 300, 100), face(400, 400, 80), face(900, 100, 30)] as const
  t.strictSame(keep([father], 100, 100), region(200, 300, 100, 100))
  t.strictSame(keep([father, child, passerBy], 300, 200), region(190, 290, 300, 200), 'centred on both')
  t.strictSame(keep([father, child, passerBy], 200, 200), region(150, 250, 200, 200), 'no room for both')
  t.strictSame(keep([child, passerBy], 80, 600), region(400, 140, 80, 600), 'ignores a small face')
  const half = { width: 500, height: 400, alpha: false }
  t.strictSame(keep([father, child], 150, 100, half), region(95, 145, 150, 100), 'faces scale with the image')
})

t.test('face gravity without faces falls back to smart and adds a note', async t => {
  const size = { width: 100, height: 100 }
  const unknown = chooseCrop(frame, frame, size, 'face', contextWith())
  t.strictSame(unknown, { strategy: 'attention', note: 'face-unavailable' })
  t.strictSame(keep([], 100, 100), { strategy: 'attention', note: 'no-face' })
})

t.test('focal gravity centres the focal point as far as there is room', async t => {
  const around = (x: number, y: number) =>
    chooseCrop(frame, frame, { width: 200, height: 100 }, 'focal', contextWith({ focal: { x, y } }))
  t.strictSame(around(500, 400), region(400, 350, 200, 100))
  t.strictSame(around(990, 10), region(800, 0, 200, 100))
  t.strictSame(
    chooseCrop(frame, frame, { width: 200, height: 100 }, 'focal', contextWith()),
    region(400, 350, 200, 100),
    'without a focal point, the centre of the image',
  )
})

t.test('a region always lies inside the image', async () => {
  const side = fc.integer({ min: 1, max: 800 })
  const place = fc.record({
    left: fc.double({ min: 0, max: 900, noNaN: true }),
    top: fc.double({ min: 0, max: 700, noNaN: true }),
    width: fc.double({ min: 1, max: 100, noNaN: true }),
    height: fc.double({ min: 1, max: 100, noNaN: true }),
  })
  fc.assert(
    fc.property(fc.array(place, { minLength: 1, maxLength: 5 }), side, side, (faces, width, height) => {
      const part = keep(faces, width, height)
      if (!('region' in part)) return false
      const { left, top, width: w, height: h } = part.region
      const whole = [left, top].every(Number.isInteger)
      return (
        whole && w === width && h === height && left >= 0 && top >= 0 && left + w <= 1000 && top + h <= 800
      )
    }),
  )
})
