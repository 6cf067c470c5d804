import { readFile } from 'node:fs/promises'
import { createEngine } from '../../service/engine/sharp-engine.ts'
import { loadOperations } from '../../service/operations/registry.ts'
import { planDerivative } from '../../service/plan/plan.ts'
import { toPlannedSteps } from '../../service/plan/planned-steps.ts'
import { planStandin } from '../../service/plan/standin.ts'
import { parseSteps } from '../../service/url/grammar.ts'
import type { Row, Scenario } from '../scenario.ts'

/** Widths of the derivatives, in pixels. */
const widths = [400, 800]
const tenant = { tenant: 'bench' }

interface Measured {
  readonly what: string
  readonly standinMs: number
  readonly standinBytes: number
  readonly finalMs: number
  readonly finalBytes: number
}

/**
 * Makes the stand-in and the final AVIF of each photograph, as a job does, to show what a final costs and what it saves.
 * Runs in this process, one image at a time.
 */
export const finals: Scenario = async workspace => {
  const operations = await loadOperations()
  const engine = createEngine({ concurrency: 1, queueLimit: 10, maxPixels: 100_000_000 })
  const all: Measured[] = []
  // the first picture loads the encoder and compiles code, so it is measured again
  for (const [index, path] of [...workspace.pictures.slice(0, 1), ...workspace.pictures].entries()) {
    const original = await readFile(path)
    const facts = await engine.inspect(path, tenant)
    const load = async () => ({ original, images: new Map() })
    for (const width of widths) {
      const steps = toPlannedSteps(operations, parseSteps(`resize_w-${width}`, operations))
      const plans = planStandin(planDerivative({ facts }, steps, 'avif'))
      if (plans === undefined) continue
      const [standinMs, standin] = await timed(() => engine.render(load, plans.standin, tenant))
      const [finalMs, final = standin] = await timed(() => engine.refine(load, plans.final, standin, tenant))
      const bytes = { standinBytes: standin.data.length, finalBytes: final.data.length }
      if (index > 0) all.push({ what: `photograph ${index}, ${width} px`, standinMs, finalMs, ...bytes })
    }
  }
  await engine.close()
  return {
    title: 'Finals: what the AVIF that replaces a stand-in costs and saves',
    rows: [...all.flatMap(rowsOf), ...summaryOf(all)],
    notes: [
      'baseline: the stand-in; a final has at least the SSIM of its stand-in, and a final of the same bytes is the stand-in itself',
      'the CPU time of a final includes the search for its quality, and decoding the original',
    ],
  }
}

function rowsOf({ what, standinMs, standinBytes, finalMs, finalBytes }: Measured): Row[] {
  const [darkroom, baseline] = [finalBytes / 1000, standinBytes / 1000]
  return [
    { what: `${what}, CPU ms`, darkroom: finalMs, baseline: standinMs, ratios: [finalMs / standinMs] },
    { what: `${what}, kB`, darkroom, baseline, ratios: [darkroom / baseline] },
    { what: `${what}, % of bytes saved`, darkroom: percentOf(standinBytes - finalBytes, standinBytes) },
  ]
}

/** Means, and the sums that tell after how many requests a final is worth its CPU time. */
function summaryOf(all: readonly Measured[]): Row[] {
  const sum = (of: (one: Measured) => number) => all.reduce((total, one) => total + of(one), 0)
  const [finalMs, standinBytes] = [sum(one => one.finalMs), sum(one => one.standinBytes)]
  const saved = standinBytes - sum(one => one.finalBytes)
  return [
    {
      what: 'CPU ms/final, mean',
      darkroom: finalMs / all.length,
      baseline: sum(one => one.standinMs) / all.length,
    },
    { what: 'kB saved/final, mean', darkroom: saved / 1000 / all.length },
    { what: '% of all bytes saved', darkroom: percentOf(saved, standinBytes) },
    { what: 'CPU ms for each kB that a response saves', darkroom: finalMs / (saved / 1000) },
  ]
}

const percentOf = (part: number, whole: number) => (100 * part) / whole

/** Measures CPU time, in milliseconds, which other processes of the machine hardly change. */
async function timed<T>(work: () => Promise<T>): Promise<[ms: number, result: T]> {
  const begun = process.cpuUsage()
  const result = await work()
  const { user, system } = process.cpuUsage(begun)
  return [(user + system) / 1000, result]
}
