/** The place of a process among its siblings, from 1. */
export interface Place {
  readonly index: number
  readonly count: number
}

/** The variable that tells a process its place, such as `2/4`. Only the supervisor sets it. */
export const placeVariable = 'PROCESS_PLACE'

export const printPlace = ({ index, count }: Place) => `${index}/${count}`

export function parsePlace(text: string): Place {
  const [index = 1, count = 1] = text.split('/').map(Number)
  return { index, count }
}

/** The limits that the processes divide, so that all of them together keep what is configured. */
interface Limits {
  readonly DARKROOM_CONCURRENCY: number
  readonly DARKROOM_QUEUE_LIMIT: number
  readonly DARKROOM_RENDER_MEMORY_MB: number
  readonly DARKROOM_MEMORY_CACHE_MB: number
  readonly DARKROOM_SOURCE_CACHE_MB: number
  readonly DARKROOM_UPLOAD_SLOTS: number
  readonly DARKROOM_DATABASE_POOL: number
  readonly DARKROOM_METRICS_PORT: number
}

/** The smallest shares with which a process works: a pool has a connection for lists, and uploads of several users have slots. */
const least = { renderMemoryMb: 64, uploadSlots: 4, databasePool: 4 }

/** The configuration of one process: its share of each limit. The metrics are the supervisor's. */
export function shareOf<Config extends Limits>(config: Config, { index, count }: Place): Config {
  /** Equal shares; the first processes get one more of what remains. */
  const share = (total: number, min = 1) =>
    Math.max(min, Math.floor(total / count) + (index <= total % count ? 1 : 0))
  return {
    ...config,
    DARKROOM_CONCURRENCY: share(config.DARKROOM_CONCURRENCY),
    DARKROOM_QUEUE_LIMIT: share(config.DARKROOM_QUEUE_LIMIT, 0),
    DARKROOM_RENDER_MEMORY_MB: share(config.DARKROOM_RENDER_MEMORY_MB, least.renderMemoryMb),
    DARKROOM_MEMORY_CACHE_MB: share(config.DARKROOM_MEMORY_CACHE_MB),
    DARKROOM_SOURCE_CACHE_MB: share(config.DARKROOM_SOURCE_CACHE_MB),
    DARKROOM_UPLOAD_SLOTS: share(config.DARKROOM_UPLOAD_SLOTS, least.uploadSlots),
    DARKROOM_DATABASE_POOL: share(config.DARKROOM_DATABASE_POOL, least.databasePool),
    DARKROOM_METRICS_PORT: 0,
  }
}

/** The threads that each process needs for files, DNS and passwords, besides those of its renders. */
const ownThreads = 4

/** The share of libuv's thread pool, as text for a process's environment. */
export function threadsOf(total: string | undefined, count: number): string {
  return String(Math.max(ownThreads, Math.ceil((Number(total) || ownThreads) / count) + 1))
}
