import { createUsageRecorder, type UsageRecorder } from '../usage/usage-recorder.ts'
import type { Infrastructure } from './infrastructure.ts'
import type { Rooms } from './rooms.ts'

/** The recorder of usage, which writes its last roll-up when it is closed. */
export function composeUsage(
  { logger, closers }: Infrastructure,
  { metadata }: Pick<Rooms, 'metadata'>,
): UsageRecorder {
  const usage = createUsageRecorder({ rows: metadata.usage, logger })
  closers.push(() => usage.close())
  return usage
}
