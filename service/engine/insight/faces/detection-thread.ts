import { parentPort, workerData } from 'node:worker_threads'
import { type DetectorInput, detectFaces } from './detect.ts'
import type { DetectorWeights } from './weights.ts'

/** What the thread is started with. */
export interface DetectionTask {
  readonly picture: DetectorInput
  readonly weights: DetectorWeights
}

/** The body of the thread that `faces.ts` starts: one picture in, its faces out. */
const { picture, weights }: DetectionTask = workerData
parentPort?.postMessage(detectFaces(picture, weights))
