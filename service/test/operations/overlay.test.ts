import sharp from 'sharp'
import { build } from '../support/build.ts'
import { blue, flat, logo, near, overlayRenderer, readPixels, type Step } from '../support/pixel-reader.ts'
import { bytesOf } from '../support/session.ts'
import t from '../support/tap.ts'

t.test('gravity and offsets place an overlay', async t => {
  const renderOverlay = overlayRenderer(await build(t))
  const boxOf = async (options: Step, base = blue, layer = logo) => {
    const pixels = await readPixels(await bytesOf(await renderOverlay(base, layer, options)))
    return pixels.boxOf(([, , b]) => b < 100)
  }
  const edges = { x: { west: 5, '': 85, east: 155 }, y: { north: 7, '': 57, south: 93 } }
  for (const [vertical, top] of Object.entries(edges.y)) {
    for (const [horizontal, left] of Object.entries(edges.x)) {
      const g = `${vertical}${horizontal}` || 'center'
      t.strictSame(await boxOf({ g, x: 5, y: 7 }), { left, top, width: 40, height: 20 }, g)
    }
  }
  t.strictSame(await boxOf({ g: 'southeast', x: 0.1, y: 0.25 }), {
    left: 140,
    top: 70,
    width: 40,
    height: 20,
  })
  t.strictSame(await boxOf({ g: 'northwest', x: -30, y: -15 }), { left: 0, top: 0, width: 10, height: 5 })
  t.strictSame(await boxOf({ g: 'south', x: 95, y: -15 }), { left: 175, top: 115, width: 25, height: 5 })
  t.strictSame(await boxOf({ g: 'west', w: 0.5 }), { left: 0, top: 35, width: 100, height: 50 })
  t.strictSame(await boxOf({ g: 'west', w: 10 }), { left: 0, top: 58, width: 10, height: 5 })
  t.strictSame(await boxOf({ w: 400 }), { left: 0, top: 0, width: 200, height: 120 }, 'larger than the image')
  const wide = await sharp(logo).resize(1000, 250, { fit: 'fill' }).png().toBuffer()
  t.strictSame(await boxOf({}, blue, wide), { left: 0, top: 35, width: 200, height: 50 }, 'reduced to fit')
  const outside = await readPixels(await bytesOf(await renderOverlay(blue, logo, { g: 'west', x: 200 })))
  t.equal(
    outside.boxOf(([, , b]) => b < 100),
    undefined,
    'entirely outside',
  )
})

/** `soft-light` of W3C Compositing and Blending Level 1. */
function softLight(a: number, b: number): number {
  const d = b <= 0.25 ? ((16 * b - 12) * b + 4) * b : Math.sqrt(b)
  return a <= 0.5 ? b - (1 - 2 * a) * b * (1 - b) : b + (2 * a - 1) * (d - b)
}

const mixed = (one: number, other: number, share: number) => one * share + other * (1 - share)

t.test('opacity and blend modes follow their formulas', async t => {
  const renderOverlay = overlayRenderer(await build(t))
  const [top, below] = [
    [200, 100, 40],
    [64, 96, 160],
  ] as const
  const layer = await flat(200, 120, { r: 200, g: 100, b: 40, alpha: 1 }).png().toBuffer()
  const formulas: Record<string, (a: number, b: number) => number> = {
    over: a => a,
    multiply: (a, b) => (a * b) / 255,
    screen: (a, b) => a + b - (a * b) / 255,
    overlay: (a, b) => (b <= 127.5 ? (2 * a * b) / 255 : 255 - (2 * (255 - a) * (255 - b)) / 255),
    'hard-light': (a, b) => (a <= 127.5 ? (2 * a * b) / 255 : 255 - (2 * (255 - a) * (255 - b)) / 255),
    darken: Math.min,
    lighten: Math.max,
    'color-dodge': (a, b) => Math.min(255, (255 * b) / (255 - a)),
    'color-burn': (a, b) => 255 - Math.min(255, (255 * (255 - b)) / a),
    'soft-light': (a, b) => 255 * softLight(a / 255, b / 255),
    difference: (a, b) => Math.abs(a - b),
    exclusion: (a, b) => a + b - (2 * a * b) / 255,
    add: (a, b) => Math.min(255, a + b),
  }
  for (const o of [1, 0.4]) {
    for (const [blend, formula] of Object.entries(formulas)) {
      const { at } = await readPixels(await bytesOf(await renderOverlay(blue, layer, { blend, o })))
      const expected = top.map((value, index) => {
        const under = below[index]!
        return blend === 'add' ? Math.min(255, value * o + under) : mixed(formula(value, under), under, o)
      })
      t.ok(near(at(100, 60), [...expected, 255], 2), `${blend} ${o}: ${at(100, 60)}, expected ${expected}`)
    }
  }
  const behind = await readPixels(await bytesOf(await renderOverlay(blue, layer, { blend: 'dest-over' })))
  t.ok(near(behind.at(5, 5), [...below, 255], 1), 'an opaque image hides the layer behind it')
  const mask = await readPixels(
    await bytesOf(await renderOverlay(blue, logo, { blend: 'dest-in', g: 'northwest' })),
  )
  t.ok(near(mask.at(5, 5), [...below, 255], 1), 'kept under the mask')
  t.equal(mask.at(100, 60)[3], 0, 'transparent beside the mask')
  const hole = await readPixels(
    await bytesOf(await renderOverlay(blue, logo, { blend: 'dest-out', g: 'northwest' })),
  )
  t.equal(hole.at(5, 5)[3], 0)
  t.ok(near(hole.at(100, 60), [...below, 255], 1))
})

t.test('tiles repeat from the gravity position, with gaps between them', async t => {
  const renderOverlay = overlayRenderer(await build(t))
  const cases = [
    { g: 'center', x: 0, y: 0, left: 80, top: 50 },
    { g: 'southeast', x: 7, y: 3, left: 160, top: 100 },
    { g: 'northwest', x: 300, y: 13, left: 0, top: 0 },
  ]
  for (const { left, top, ...options } of cases) {
    const { at } = await readPixels(
      await bytesOf(await renderOverlay(blue, logo, { ...options, tile: true })),
    )
    const wrong: string[] = []
    for (let y = 0; y < 120; y++) {
      for (let x = 0; x < 200; x++) {
        const [u, v] = [modulo(x - left, 40 + options.x), modulo(y - top, 20 + options.y)]
        const expected = u >= 40 || v >= 20 ? [64, 96, 160] : u < 20 ? [255, 0, 0] : [0, 255, 0]
        if (!near(at(x, y), expected, 1)) wrong.push(`${x},${y}: ${at(x, y)}`)
      }
    }
    t.strictSame(wrong.slice(0, 3), [], options.g)
  }
  const options = { w: 1, x: 1, o: 0.5, tile: true }
  const dots = await readPixels(await bytesOf(await renderOverlay(blue, logo, options)))
  t.ok(near(dots.at(100, 60), [96, 112, 80], 2), `tiles of one pixel: ${dots.at(100, 60)}`)
  t.ok(near(dots.at(101, 60), [64, 96, 160], 1), 'with a gap of one pixel')
})

const modulo = (value: number, by: number) => ((value % by) + by) % by
