import type { ImageResponse } from '../delivery/image-response.ts'
import type { RequestCounts } from '../usage/usage-counters.ts'
import type { UsageRecorder } from '../usage/usage-recorder.ts'

/**
 * Counts a response with an image, and returns the counter for further responses with the same image.
 * @param bytes of the body; 0 without one
 */
export function countResponse(
  usage: Pick<UsageRecorder, 'countsFor'>,
  { userId, imageId, file, cacheStatus }: ImageResponse,
  bytes: number,
): RequestCounts {
  // a file name begins with its image's id
  const count = usage.countsFor(userId, imageId, file.slice(imageId.length).replace(/^_/, ''))
  count[cacheStatus]++
  count.bytes += bytes
  return count
}
