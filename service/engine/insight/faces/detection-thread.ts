import { parentPort, workerData } from 'node:worker_threads'
import { createFaceDetector, type DetectorInput } from './detect.ts'

/** Entry point of the thread that `find-faces.ts` starts: answers each image with its faces. */
const detectFaces = createFaceDetector(workerData)
parentPort?.on('message', (image: DetectorInput) => {
  parentPort?.postMessage(detectFaces(image))
})
