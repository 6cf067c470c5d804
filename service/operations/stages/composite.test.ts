import sharp from 'sharp'
import t, { type Test } from 'tap'
import type { Size } from '../shapes.ts'
import type { PassContext } from '../stage.ts'
import { compositeLayer, visiblePart } from './composite.ts'

const frame = { width: 4, height: 4, alpha: false }
const canvas: PassContext = {
  opaque: false,
  openImage: () => Promise.reject(new Error('no image is asked for')),
  editPixels: async pipeline => pipeline,
}

/** How often a layer that covers so much is prepared when it is drawn on these canvases. */
async function preparations(t: Test, covered: Size, places: readonly PassContext[]): Promise<number> {
  let prepared = 0
  const [stage] = compositeLayer(frame, {
    name: 'a layer',
    blend: 'over',
    covered,
    fixedCostMs: 0,
    async prepare() {
      prepared++
      return { data: Buffer.alloc(16, 255), width: 2, height: 2, at: { left: 0, top: 0 } }
    },
  })
  for (const place of places) {
    const blank = sharp({ create: { width: 4, height: 4, channels: 3, background: 'black' } })
    const drawn = await stage!.apply(blank, place)
    t.equal((await drawn.raw().toBuffer())[0], 255)
  }
  return prepared
}

t.test('a layer is prepared once for all frames of a development, and again for the next', async t => {
  t.equal(await preparations(t, frame, [canvas, canvas, { ...canvas }]), 2)
})

t.test('layers that take too much memory are not kept', async t => {
  const place = { ...canvas }
  t.equal(await preparations(t, { width: 4096, height: 6144 }, [place, place]), 1)
  t.equal(await preparations(t, { width: 4096, height: 6144 }, [place, place]), 2)
})

t.test('what is seen of a box', async t => {
  const frame = { width: 100, height: 50 }
  const box = { width: 20, height: 20 }
  t.strictSame(visiblePart({ ...box, left: 10, top: 10 }, frame), { ...box, left: 0, top: 0 })
  t.strictSame(visiblePart({ ...box, left: -5, top: 45 }, frame), { left: 5, top: 0, width: 15, height: 5 })
  t.strictSame(visiblePart({ left: -10, top: -10, width: 200, height: 200 }, frame), {
    ...frame,
    left: 10,
    top: 10,
  })
  t.equal(visiblePart({ ...box, left: 100, top: 0 }, frame), undefined)
  t.equal(visiblePart({ ...box, left: -20, top: 0 }, frame), undefined)
})
