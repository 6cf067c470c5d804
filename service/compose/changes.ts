import { ChangeLog } from '../cache/change-log.ts'
import { openChangeListener } from '../metadata/change-listener.ts'
import type { Foundation } from './foundation.ts'
import type { Infrastructure } from './infrastructure.ts'

/** The log of changed rows, which a connection of its own fills. Caches do without while that is not connected. */
export function composeChanges(
  { database, databaseUrl: url, logger, closers }: Infrastructure,
  { metrics }: Pick<Foundation, 'metrics'>,
): ChangeLog {
  const changes = new ChangeLog()
  const listener = openChangeListener({ url, database, logger, receiver: changes })
  closers.push(() => listener.close())
  metrics.watch('darkroom_changes_current', () => (changes.isCurrent ? 1 : 0))
  return changes
}
