import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { openRgba, type RgbaPixels } from '../../../operations/analysis/rgba.ts'
import type { Region } from '../../../operations/shapes.ts'
import { type DetectorInput, detectionSide } from './detect.ts'
import type { DetectionTask } from './detection-thread.ts'
import { type DetectorWeights, loadWeights } from './weights.ts'

/** What one detection may take, in milliseconds, where 300 are usual. */
const maxMs = 15_000

/** Read when the first face is looked for. */
let weights: Promise<DetectorWeights> | undefined

/**
 * The faces of a picture as fractions of its width and height, largest first; null when they could not be looked for.
 * They are searched in a thread that ends with the search, so that the process pays for it only while it lasts.
 *
 * What was tried, at 416 pixels, on 25 faces of 7 photographs of groups and on 41 pictures of nature and graphics: the
 * tiny face detector (@vladmandic/face-api's weights, run by `faces/`) finds 22 (not those in profile) and 1 false
 * one, none in the 41; Viola and Jones' cascade (tracking) finds 15 and 1 false one, 2 in the 41, in the same time.
 * The package's own runtime needs TensorFlow.js, which is a hundred times as much code.
 */
export async function findFaces(pixels: RgbaPixels): Promise<Region[] | null> {
  const picture = await portraitOf(pixels)
  try {
    weights ??= loadWeights()
    return await searched({ picture, weights: await weights })
  } catch {
    weights = undefined
    return null
  }
}

async function searched(search: DetectionTask): Promise<Region[] | null> {
  const thread = new Worker(new URL('./detection-thread.js', import.meta.url), {
    workerData: search,
    resourceLimits: { maxOldGenerationSizeMb: 128 },
    env: {},
    execArgv: [],
  })
  try {
    const [faces]: Region[][] = await once(thread, 'message', { signal: AbortSignal.timeout(maxMs) })
    return faces ?? null
  } finally {
    await thread.terminate()
  }
}

/** Small pictures are enlarged, as the network knows faces by their size, too. */
async function portraitOf(pixels: RgbaPixels): Promise<DetectorInput> {
  const { data, info } = await openRgba(pixels)
    .flatten({ background: 'white' })
    .resize({ width: detectionSide, height: detectionSide, fit: 'inside' })
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { data: new Uint8Array(data), width: info.width, height: info.height }
}
