import { parentPort, workerData } from 'node:worker_threads'
import { detectFaces, type Portrait } from './detect.ts'
import type { Weights } from './weights.ts'

/** What the thread is started with. */
export interface Search {
  readonly picture: Portrait
  readonly weights: Weights
}

/** The body of the thread that `faces.ts` starts: one picture in, its faces out. */
const { picture, weights }: Search = workerData
parentPort?.postMessage(detectFaces(picture, weights))
