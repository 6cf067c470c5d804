/** The progress and speed of a transfer. */
export interface TransferProgress {
  readonly loaded: number
  readonly total: number
  /** Bytes per second; 0 until it is known. */
  readonly speed: number
  /** In milliseconds; undefined until it is known. */
  readonly remaining: number | undefined
  /** Returns the progress after more bytes were sent. */
  readonly advance: (loaded: number, total: number, now?: number) => TransferProgress
}

/**
 * The window over which speed is averaged, in milliseconds. A shorter one jitters, a longer one reacts too late when
 * the connection slows down.
 */
const windowMs = 4_000

type Mark = readonly [time: number, loaded: number]

export function startProgress(total: number, loaded = 0, now = performance.now()): TransferProgress {
  return progressFrom(loaded, total, [[now, loaded]])
}

function progressFrom(loaded: number, total: number, marks: readonly Mark[]): TransferProgress {
  const [first, latest] = [marks[0], marks.at(-1)]
  const elapsed = first && latest ? latest[0] - first[0] : 0
  const speed = first && elapsed > 0 ? ((loaded - first[1]) * 1000) / elapsed : 0
  return {
    loaded,
    total,
    speed,
    remaining: speed > 0 ? ((total - loaded) / speed) * 1000 : undefined,
    advance(nextLoaded, nextTotal, now = performance.now()) {
      const recent = marks.filter(([time]) => now - time <= windowMs)
      return progressFrom(nextLoaded, nextTotal, [
        ...(recent.length > 0 ? recent : marks.slice(-1)),
        [now, nextLoaded],
      ])
    },
  }
}
