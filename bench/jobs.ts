import type { Job } from './service.ts'

/** Widths of derivatives in pixels, as pages ask for them. */
const smallest = 300
const largest = 600

/** Every picture at every width. */
export function allJobs(pictures: number): Job[] {
  return Array.from({ length: pictures }, (_, picture) =>
    Array.from({ length: largest - smallest + 1 }, (_, index) => ({ picture, width: smallest + index })),
  ).flat()
}
