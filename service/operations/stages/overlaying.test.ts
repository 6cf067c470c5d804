import sharp from 'sharp'
import t from 'tap'
import type { Canvas } from '../operation.ts'
import { lay, seenOf } from './overlaying.ts'

t.test('a layer is prepared once for all frames of a development, and again for the next', async t => {
  const frame = { width: 4, height: 4, alpha: false }
  let prepared = 0
  const [stage] = lay(frame, {
    name: 'a layer',
    blend: 'over',
    covered: frame,
    onceMs: 0,
    async prepare() {
      prepared++
      return { data: Buffer.alloc(16, 255), width: 2, height: 2, at: { left: 0, top: 0 } }
    },
  })
  const canvas: Canvas = {
    opaque: false,
    image: () => Promise.reject(new Error('no image is asked for')),
    repaint: async pipeline => pipeline,
  }
  const blank = () => sharp({ create: { width: 4, height: 4, channels: 3, background: 'black' } })
  for (const place of [canvas, canvas, { ...canvas }]) {
    const drawn = await stage!.draw(blank(), place)
    t.equal((await drawn.raw().toBuffer())[0], 255)
  }
  t.equal(prepared, 2)
})

t.test('what is seen of a box', async t => {
  const frame = { width: 100, height: 50 }
  const box = { width: 20, height: 20 }
  t.strictSame(seenOf({ ...box, left: 10, top: 10 }, frame), { ...box, left: 0, top: 0 })
  t.strictSame(seenOf({ ...box, left: -5, top: 45 }, frame), { left: 5, top: 0, width: 15, height: 5 })
  t.strictSame(seenOf({ left: -10, top: -10, width: 200, height: 200 }, frame), {
    ...frame,
    left: 10,
    top: 10,
  })
  t.equal(seenOf({ ...box, left: 100, top: 0 }, frame), undefined)
  t.equal(seenOf({ ...box, left: -20, top: 0 }, frame), undefined)
})
