import t from '../test/support/tap.ts'
import { photograph } from './facts.test.data.ts'
import type { ImageFacts } from './facts.ts'
import { isHeavy } from './heavy.ts'
import { planDerivative } from './plan.ts'

const photo: ImageFacts = { ...photograph, width: 800, height: 600, bytes: 100_000 }
const vector: ImageFacts = { ...photo, format: 'svg', vector: true }
const animation: ImageFacts = { ...photo, format: 'gif', pages: 5 }
const document: ImageFacts = { ...photo, format: 'pdf', pages: 3 }

t.test('a rendering is heavy when it costs more than the threshold', async t => {
  const plan = planDerivative({ facts: photo }, [], 'jpg')
  t.notOk(isHeavy(plan, [], plan.costMs))
  t.ok(isHeavy(plan, [], plan.costMs - 1))
})

t.test('a rendering is heavy when it needs a slow decoder', async t => {
  const heavy = (facts: ImageFacts, format: 'jpg' | 'gif' = 'jpg', others: ImageFacts[] = []) =>
    isHeavy(planDerivative({ facts }, [], format), others, 60_000)
  t.notOk(heavy(photo))
  t.ok(heavy(vector))
  t.ok(heavy(photo, 'jpg', [photo, vector]), 'as an overlay')
  t.ok(heavy(animation, 'gif'))
  t.notOk(heavy(animation), 'first frame only')
  t.notOk(heavy(document), 'its first page was decoded at upload')
  const plan = planDerivative({ facts: document }, [], 'jpg')
  t.ok(isHeavy({ ...plan, selection: { page: 2, frames: 1 } }, [], 60_000), 'another page')
})
