import { parentPort, workerData } from 'node:worker_threads'
import type { RgbaPixels } from '../../operations/analysis/resample.ts'
import { createFaceDetector } from './faces/detect.ts'
import type { DetectorWeights } from './faces/weights.ts'
import { describePixels } from './pixel-insight.ts'

/** Entry point of the threads that `analysis-threads.ts` starts: answers pixels with their insight. */
const weights: DetectorWeights | undefined = workerData
const detect = weights && createFaceDetector(weights)
parentPort?.on('message', (pixels: RgbaPixels) => {
  parentPort?.postMessage(describePixels(pixels, detect))
})
