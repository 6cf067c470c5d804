import type { CacheStatus } from '../delivery/deliver.ts'
import type { RequestCounts } from '../usage/usage-counters.ts'
import type { UsageRecorder } from '../usage/usage-recorder.ts'

/** An answer to a request for an image. */
interface Answered {
  readonly userId: string
  readonly imageId: string
  /** The name of what was delivered, which begins with the image's id. */
  readonly file: string
  readonly tier: CacheStatus
  /** Of the body; 0 where there is none. */
  readonly bytes: number
}

/** Counts an answer, and returns the numbers in which further ones of the same picture count. */
export function countResponse(usage: Pick<UsageRecorder, 'countsFor'>, answered: Answered): RequestCounts {
  const { userId, imageId, file, tier, bytes } = answered
  const count = usage.countsFor(userId, imageId, file.slice(imageId.length).replace(/^_/, ''))
  count[tier]++
  count.bytes += bytes
  return count
}
