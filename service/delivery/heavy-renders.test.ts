import { photograph } from '../plan/facts.test.data.ts'
import { planDerivative } from '../plan/plan.ts'
import t from '../test/support/tap.ts'
import { HeavyRenders, type HeavyRendersParts } from './heavy-renders.ts'
import type { ImageWithOverlays } from './image-with-overlays.ts'

t.test('a render is heavy if its expected time on this machine exceeds the limit', async t => {
  const facts = { ...photograph, width: 800, height: 600, bytes: 100_000 }
  const plan = planDerivative({ facts }, [], 'jpg')
  const image = { facts, overlays: new Map() } as Pick<
    ImageWithOverlays,
    'facts' | 'overlays'
  > as ImageWithOverlays
  /** Whether the render is heavy on a machine that needs `scale` times the estimated cost. */
  const isHeavyAt = (scale: number) => {
    const engine = { expectedMs: () => scale * plan.costMs }
    const parts: Pick<HeavyRendersParts, 'engine' | 'costMs'> = { engine, costMs: 2 * plan.costMs }
    return new HeavyRenders(parts as HeavyRendersParts).isHeavy(plan, image)
  }
  t.notOk(isHeavyAt(1))
  t.notOk(isHeavyAt(2))
  t.ok(isHeavyAt(2.1))
})
