import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { openRgba, type RgbaPixels } from '../../../operations/analysis/rgba.ts'
import type { Region } from '../../../operations/shapes.ts'
import { type DetectorInput, detectionSide } from './detect.ts'
import { type DetectorWeights, loadWeights } from './weights.ts'

/** Maximum milliseconds for one detection, which usually takes 20. */
const maxMs = 15_000
/** How long a thread is kept for the next detection, in milliseconds. Then it ends, and its memory, some 20 MB, is freed. */
const idleMs = 10_000
/** The network finds no face in an image whose longest side has fewer pixels, such as an icon. */
const minSide = 24

/** Loaded with the first detection. */
let weights: Promise<DetectorWeights> | undefined
/** The thread that is kept. Further ones, of simultaneous detections, end with their detection. */
let idle: Worker | undefined
/** Ends the kept thread. */
let ending: NodeJS.Timeout | undefined

/**
 * Detects the faces of an image, as fractions of its width and height, largest first; null when detection failed.
 * A detection has a thread for itself. One thread is kept for a while, because starting it takes as long as a detection.
 * Compared at 416 pixels on 25 faces in 7 group photographs and on 41 images of nature and graphics: the tiny face
 * detector (weights of face-api, run by `faces/`) finds 22 faces (not those in profile) with 1 false
 * positive, and none in the 41; the Viola-Jones cascade (package tracking) finds 15 with 1 false positive, and 2 in the
 * 41. The package's own runtime needs TensorFlow.js, a hundred times as much code.
 */
export async function findFaces(pixels: RgbaPixels): Promise<Region[] | null> {
  if (Math.max(pixels.width, pixels.height) < minSide) return []
  const image = await detectorInput(pixels)
  try {
    weights ??= loadWeights()
    return await runDetection(image, await weights)
  } catch {
    weights = undefined
    return null
  }
}

async function runDetection(image: DetectorInput, weights: DetectorWeights): Promise<Region[] | null> {
  const thread = takeThread(weights)
  try {
    const answer = once(thread, 'message', { signal: AbortSignal.timeout(maxMs) })
    thread.postMessage(image)
    const [faces]: Region[][] = await answer
    keepThread(thread)
    return faces ?? null
  } catch (error) {
    await thread.terminate()
    throw error
  }
}

/** The kept thread, or a new one. */
function takeThread(workerData: DetectorWeights): Worker {
  const kept = idle
  idle = undefined
  if (kept) {
    clearTimeout(ending)
    kept.ref()
    return kept
  }
  const resourceLimits = { maxOldGenerationSizeMb: 128 }
  const options = { workerData, resourceLimits, env: {}, execArgv: [] }
  const thread = new Worker(new URL('./detection-thread.js', import.meta.url), options)
  return thread.on('error', () => {}).on('exit', () => forget(thread))
}

/** Keeps the thread for the next detection, unless another one waits already. It does not keep the process running. */
function keepThread(thread: Worker): void {
  if (idle) {
    end(thread)
    return
  }
  idle = thread
  thread.unref()
  ending = setTimeout(() => forget(thread) && end(thread), idleMs).unref()
}

/** Whether the thread was the kept one, which it is no longer. */
function forget(thread: Worker): boolean {
  if (idle !== thread) return false
  idle = undefined
  return true
}

function end(thread: Worker): void {
  thread.terminate().catch(() => {})
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
