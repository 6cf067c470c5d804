import { parentPort, workerData } from 'node:worker_threads'
import { type DetectorInput, detectFaces } from './detect.ts'
import type { DetectorWeights } from './weights.ts'

/** The data that the thread is started with. */
export interface DetectionTask {
  readonly image: DetectorInput
  readonly weights: DetectorWeights
}

/** Entry point of the thread that `find-faces.ts` starts: one image in, its faces out. */
const { image, weights }: DetectionTask = workerData
parentPort?.postMessage(detectFaces(image, weights))
