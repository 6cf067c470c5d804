import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { changesPixels, drawExampleImages, planExample, renderExample } from '../../service/docs/examples.ts'
import { createEngine } from '../../service/engine/sharp-engine.ts'
import type { Operation } from '../../service/operations/operation.ts'
import { loadOperations } from '../../service/operations/registry.ts'
import type { Row, Scenario } from '../scenario.ts'

/** Width in pixels of the photograph that the examples run on. */
const width = 1600

/** Outputs with fewer pixels are left out. */
const leastPixels = 100_000

/** Adds a border before `trim`, because the photograph has none. */
const chainOf = ({ name, example }: Operation) => (name === 'trim' ? `pad_all-20,bg-fff_${example}` : example)

/**
 * Compares the CPU time of each operation's example, including decoding and encoding, with the planner's estimate, to
 * find slow operations and estimates that admission cannot trust. Runs in this process, one image at a time.
 */
export const operations: Scenario = async (workspace, { exampleRounds }) => {
  const all = await loadOperations()
  const engine = createEngine({ concurrency: 1, queueLimit: 10, maxPixels: 100_000_000 })
  const originals = await drawExampleImages(all, engine, width, async data => {
    const path = join(workspace.folder, 'example')
    await writeFile(path, data)
    return engine.inspect(path, { tenant: 'bench' })
  })
  const rows: Row[] = []
  const measure = async (what: string, chain: string) => {
    const example = planExample(all, originals, chain, 'jpg')
    const { width, height } = await renderExample(engine, example)
    // the cost per megapixel of a tiny output, such as a placeholder, means nothing
    if (width * height < leastPixels) return
    const megapixels = (width * height) / 1e6
    const begun = process.cpuUsage()
    for (let round = 0; round < exampleRounds; round++) await renderExample(engine, example)
    const { user, system } = process.cpuUsage(begun)
    const darkroom = (user + system) / 1000 / exampleRounds / megapixels
    const baseline = example.plan.costMs / megapixels
    rows.push({ what, darkroom, baseline, ratios: [darkroom / baseline] })
  }
  await measure('(decode and encode alone)', '')
  for (const operation of all.values()) {
    if (changesPixels(all, operation)) await measure(operation.example, chainOf(operation))
  }
  return {
    title: 'Operations: CPU ms per output megapixel of each example, compared with the estimate',
    rows: rows.toSorted((one, other) => other.darkroom - one.darkroom),
    notes: [
      `a ${width} px wide PNG to JPEG; the estimates come from a machine that may be slower or faster than this`,
    ],
  }
}
