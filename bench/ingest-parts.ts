import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { planAnalysis } from '../service/engine/insight/analysis.ts'
import { createFaceDetector } from '../service/engine/insight/faces/detect.ts'
import { loadWeights } from '../service/engine/insight/faces/weights.ts'
import { describePixels } from '../service/engine/insight/pixel-insight.ts'
import { renderPixels } from '../service/engine/render.ts'
import { inspectFile } from '../service/engine/sources/inspect.ts'
import { buildLadder } from '../service/engine/sources/ladder.ts'
import { chooseRungFormat, ladderWidths, needsLadder } from '../service/plan/ladder.ts'
import type { Row } from './scenario.ts'
import { median } from './stats.ts'

const maxPixels = 100_000_000
/** The first rounds compile code and are not measured. */
const warmUps = 6

/** Measures the parts of what happens after the upload of an image, in this process. */
export async function measureIngestParts(
  name: string,
  original: Buffer,
  folder: string,
  rounds: number,
): Promise<Row[]> {
  const path = join(folder, 'ingest-parts')
  await writeFile(path, original)
  const { facts } = await inspectFile(path, maxPixels)
  const plan = planAnalysis(facts)
  const detect = createFaceDetector(await loadWeights())
  const source = { original, images: new Map() }
  const pixels = await renderPixels(source, plan, { maxPixels })
  const parts: [string, () => unknown][] = [
    ['read the pixels', () => renderPixels(source, plan, { maxPixels })],
    ['kind, colours and hashes', () => describePixels(pixels, undefined)],
    ['faces', () => detect(pixels)],
  ]
  const spec = { facts, format: chooseRungFormat(facts, 'photo'), widths: ladderWidths(facts) }
  if (needsLadder(facts)) parts.push(['ladder', () => buildLadder(original, spec, { maxPixels })])
  const rows: Row[] = []
  for (const [part, run] of parts)
    rows.push({ what: `${name}, CPU ms: ${part}`, darkroom: await medianCpuMs(run, rounds) })
  return rows
}

async function medianCpuMs(run: () => unknown, rounds: number): Promise<number> {
  const used: number[] = []
  for (let round = 0; round < warmUps + rounds; round++) {
    const begun = process.cpuUsage()
    await run()
    const { user, system } = process.cpuUsage(begun)
    if (round >= warmUps) used.push((user + system) / 1000)
  }
  return median(used)
}
