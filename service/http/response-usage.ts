import type { ImageResponse } from '../delivery/image-response.ts'
import type { RequestCounts } from '../usage/usage-counters.ts'
import type { UsageRecorder } from '../usage/usage-recorder.ts'

/** Counts a response with an image. @param bytes of the body; 0 without one */
export function countResponse(
  usage: Pick<UsageRecorder, 'countsFor'>,
  response: ImageResponse,
  bytes: number,
): void {
  const counts = countsOf(usage, response)
  counts[response.cacheStatus]++
  counts.bytes += bytes
}

/** The counter for responses with this image. A file name begins with its image's id. */
export function countsOf(
  usage: Pick<UsageRecorder, 'countsFor'>,
  { userId, imageId, file }: Pick<ImageResponse, 'userId' | 'imageId' | 'file'>,
): RequestCounts {
  return usage.countsFor(userId, imageId, file.slice(imageId.length).replace(/^_/, ''))
}
