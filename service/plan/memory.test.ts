import { loadOperations } from '../operations/registry.ts'
import t from '../test/support/tap.ts'
import { parseSteps } from '../url/grammar.ts'
import { photograph } from './facts.test.data.ts'
import type { ImageFacts } from './facts.ts'
import type { OutputFormat } from './formats.ts'
import { renderBytes } from './memory.ts'
import { planDerivative } from './plan.ts'
import { toPlannedSteps } from './planned-steps.ts'

const operations = await loadOperations()
const jpeg: ImageFacts = { ...photograph, format: 'jpg', width: 4800, height: 3200, bytes: 4_000_000 }

/** The estimate in MB. */
function megabytes(facts: Partial<ImageFacts>, steps: string, format: OutputFormat): number {
  const planned = toPlannedSteps(operations, parseSteps(steps, operations))
  const { sharedCopy: _, ...plan } = planDerivative({ facts: { ...jpeg, ...facts } }, planned, format)
  return renderBytes(plan) / 1e6
}

t.test('memory of renders is estimated near what was measured, and seldom below', async t => {
  const animation = { format: 'gif', width: 640, height: 427, pages: 20 } as const
  const cases: [facts: Partial<ImageFacts>, steps: string, format: OutputFormat, measured: number][] = [
    [{}, 'resize_w-1600', 'jpg', 30],
    [{}, 'resize_w-4000', 'jpg', 86],
    [{}, 'resize_w-4000', 'webp', 74],
    [{}, 'resize_w-3000', 'avif', 149],
    [{}, 'resize_w-1600', 'jxl', 177],
    [{}, 'resize_w-1600', 'gif', 48],
    [{}, 'rotate_a-90', 'jpg', 149],
    [{}, 'blur_s-20', 'jpg', 144],
    [{ progressive: true }, 'resize_w-400', 'jpg', 93],
    [{ format: 'png' }, 'resize_w-400', 'jpg', 24],
    [{ format: 'png', progressive: true, width: 3000, height: 2000 }, 'resize_w-400', 'jpg', 25],
    [{ format: 'tiff' }, 'resize_w-400', 'jpg', 22],
    [{ format: 'avif', width: 3600, height: 2400 }, 'resize_w-400', 'jpg', 170],
    [animation, 'resize_w-320', 'gif', 38],
    [{ format: 'svg', vector: true, width: 3000, height: 2000 }, 'resize_w-3000', 'png', 110],
  ]
  for (const [facts, steps, format, measured] of cases) {
    const estimate = megabytes(facts, steps, format)
    const what = `${facts.format ?? 'jpg'} ${steps} ${format}: ${estimate.toFixed(0)} MB of ${measured}`
    t.ok(estimate > 0.85 * measured && estimate < 20 + 2.5 * measured, what)
  }
  t.ok(megabytes({}, 'resize_w-400', 'jpg') < 15, 'a JPEG that is shrunk on load')
})
