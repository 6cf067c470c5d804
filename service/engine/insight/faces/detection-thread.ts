import { parentPort, workerData } from 'node:worker_threads'
import { type DetectorInput, detectFaces } from './detect.ts'
import { Layers } from './layers.ts'
import type { DetectorWeights } from './weights.ts'

/** Entry point of the thread that `find-faces.ts` starts: answers each image with its faces. */
const weights: DetectorWeights = workerData
const layers = new Layers(weights.code)
parentPort?.on('message', (image: DetectorInput) => {
  parentPort?.postMessage(detectFaces(image, weights, layers))
})
