/** How far a transfer is, and how fast. */
export interface TransferProgress {
  readonly loaded: number
  readonly total: number
  /** Bytes a second; 0 until that is known. */
  readonly speed: number
  /** Milliseconds; undefined until that is known. */
  readonly remaining: number | undefined
  /** The same some bytes later. */
  readonly advance: (loaded: number, total: number, now?: number) => TransferProgress
}

/** How long back speed is looked at, in milliseconds: shorter jumps about, longer does not see a line that got slow. */
const windowMs = 4_000

type Mark = readonly [time: number, loaded: number]

export function startProgress(total: number, now = performance.now()): TransferProgress {
  return progressFrom(0, total, [[now, 0]])
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
