import type { Job } from './service.ts'

/** The smallest and the largest width of a derivative that a benchmark requests, in pixels. */
const smallest = 300
const largest = 360

/** One job (a derivative to request) for every combination of image and width. */
export function allJobs(pictures: number): Job[] {
  return Array.from({ length: pictures }, (_, picture) =>
    Array.from({ length: largest - smallest + 1 }, (_, index) => ({ picture, width: smallest + index })),
  ).flat()
}
