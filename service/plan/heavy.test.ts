import t from 'tap'
import { photograph } from './facts.test.data.ts'
import type { ImageFacts } from './facts.ts'
import { isHeavy } from './heavy.ts'
import { planDerivative } from './plan.ts'

const photo: ImageFacts = { ...photograph, width: 800, height: 600, bytes: 100_000 }
const drawing: ImageFacts = { ...photo, format: 'svg', vector: true }
const animation: ImageFacts = { ...photo, format: 'gif', pages: 5 }
const document: ImageFacts = { ...photo, format: 'pdf', pages: 3 }

t.test('work is heavy by its cost', async t => {
  const plan = planDerivative({ facts: photo }, [], 'jpg')
  t.notOk(isHeavy(plan, [], plan.costMs))
  t.ok(isHeavy(plan, [], plan.costMs - 1))
})

t.test('work is heavy by what decodes it now', async t => {
  const heavy = (facts: ImageFacts, format: 'jpg' | 'gif' = 'jpg', others: ImageFacts[] = []) =>
    isHeavy(planDerivative({ facts }, [], format), others, 60_000)
  t.notOk(heavy(photo))
  t.ok(heavy(drawing))
  t.ok(heavy(photo, 'jpg', [photo, drawing]), 'painted in')
  t.ok(heavy(animation, 'gif'))
  t.notOk(heavy(animation), 'its first frame only')
  t.notOk(heavy(document), 'its first page was decoded when it came')
  const plan = planDerivative({ facts: document }, [], 'jpg')
  t.ok(isHeavy({ ...plan, selection: { page: 2, frames: 1 } }, [], 60_000), 'another page')
})
