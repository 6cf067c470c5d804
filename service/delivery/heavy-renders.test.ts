import t from 'tap'
import { photograph } from '../plan/facts.test.data.ts'
import { planDerivative } from '../plan/plan.ts'
import { HeavyRenders, type HeavyRendersParts } from './heavy-renders.ts'
import type { ImageWithOverlays } from './image-with-overlays.ts'

t.test('what is heavy depends on how long it will take here', async t => {
  const facts = { ...photograph, width: 800, height: 600, bytes: 100_000 }
  const plan = planDerivative({ facts }, [], 'jpg')
  const picture = { facts, overlays: new Map() } as Pick<
    ImageWithOverlays,
    'facts' | 'overlays'
  > as ImageWithOverlays
  /** Whether it is heavy where everything takes so many times longer than estimated. */
  const takes = (scale: number) => {
    const engine = { expectedMs: () => scale * plan.costMs }
    const parts: Pick<HeavyRendersParts, 'engine' | 'costMs'> = { engine, costMs: 2 * plan.costMs }
    return new HeavyRenders(parts as HeavyRendersParts).isHeavy(plan, picture)
  }
  t.notOk(takes(1))
  t.notOk(takes(2))
  t.ok(takes(2.1))
})
