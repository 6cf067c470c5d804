import { createHoldingsCheck, type HoldingsCheck } from '../usage/holdings-check.ts'
import { createUsageRecorder, type UsageRecorder } from '../usage/usage-recorder.ts'
import type { Foundation } from './foundation.ts'
import type { Infrastructure } from './infrastructure.ts'

/** The recorder of usage, which writes its last roll-up when it is closed. */
export function composeUsage(
  { logger, closers }: Infrastructure,
  { metadata }: Pick<Foundation, 'metadata'>,
): UsageRecorder {
  const usage = createUsageRecorder({ rows: metadata.usage, logger })
  closers.push(() => usage.close())
  return usage
}

/** The check of what users have stored. */
export function composeHoldingsCheck(
  { logger }: Infrastructure,
  { metadata, metrics }: Pick<Foundation, 'metadata' | 'metrics'>,
): HoldingsCheck {
  return createHoldingsCheck({ quotas: metadata.quotas, metrics, logger })
}
