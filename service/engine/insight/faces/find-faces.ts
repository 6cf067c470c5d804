import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { openRgba, type RgbaPixels } from '../../../operations/analysis/rgba.ts'
import type { Region } from '../../../operations/shapes.ts'
import { type DetectorInput, detectionSide } from './detect.ts'
import type { DetectionTask } from './detection-thread.ts'
import { type DetectorWeights, loadWeights } from './weights.ts'

/** Maximum milliseconds for one detection, which usually takes 100. */
const maxMs = 15_000

/** Loaded with the first detection. */
let weights: Promise<DetectorWeights> | undefined

/**
 * Detects the faces of an image, as fractions of its width and height, largest first; null when detection failed. Each
 * detection runs in its own thread, so that its memory is freed when it ends.
 * Compared at 416 pixels on 25 faces in 7 group photographs and on 41 images of nature and graphics: the tiny face
 * detector (weights of @vladmandic/face-api, run by `faces/`) finds 22 faces (not those in profile) with 1 false
 * positive, and none in the 41; the Viola-Jones cascade (package tracking) finds 15 with 1 false positive, and 2 in the
 * 41. The package's own runtime needs TensorFlow.js, a hundred times as much code.
 */
export async function findFaces(pixels: RgbaPixels): Promise<Region[] | null> {
  const image = await detectorInput(pixels)
  try {
    weights ??= loadWeights()
    return await runDetection({ image, weights: await weights })
  } catch {
    weights = undefined
    return null
  }
}

async function runDetection(task: DetectionTask): Promise<Region[] | null> {
  const thread = new Worker(new URL('./detection-thread.js', import.meta.url), {
    workerData: task,
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

/** Small images are enlarged, as the network also recognises faces by their size. */
async function detectorInput(pixels: RgbaPixels): Promise<DetectorInput> {
  const { data, info } = await openRgba(pixels)
    .flatten({ background: 'white' })
    .resize({ width: detectionSide, height: detectionSide, fit: 'inside' })
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { data: new Uint8Array(data), width: info.width, height: info.height }
}
