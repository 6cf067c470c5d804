import sharp from 'sharp'
import t, { type Test } from '../../test/support/tap.ts'
import type { Size } from '../shapes.ts'
import type { PassContext } from '../stage.ts'
import { compositeLayer, visiblePart } from './composite.ts'

const frame = { width: 4, height: 4, alpha: false }
const context: PassContext = {
  opaque: false,
  openImage: () => Promise.reject(new Error('unexpected call of openImage')),
  editPixels: async pipeline => pipeline,
}

/** How often a layer with this covered area is prepared when it is applied in these contexts. */
async function preparations(t: Test, covered: Size, contexts: readonly PassContext[]): Promise<number> {
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
  for (const context of contexts) {
    const blank = sharp({ create: { width: 4, height: 4, channels: 3, background: 'black' } })
    const composited = await stage!.apply(blank, context)
    t.equal((await composited.raw().toBuffer())[0], 255)
  }
  return prepared
}

t.test('a layer is prepared once per context', async t => {
  t.equal(await preparations(t, frame, [context, context, { ...context }]), 2)
})

t.test(
  'a layer is not cached when the cached layers of its context would exceed the memory limit',
  async t => {
    const shared = { ...context }
    t.equal(await preparations(t, { width: 4096, height: 6144 }, [shared, shared]), 1)
    t.equal(await preparations(t, { width: 4096, height: 6144 }, [shared, shared]), 2)
  },
)

t.test('visiblePart returns the part of a box inside the frame', async t => {
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
