/** An upload that was answered with 201. */
export interface Upload {
  readonly id: string
  readonly sha256: string
  readonly number: number
  readonly extension: string
  /** When it was answered, in milliseconds of `performance.now()`. */
  readonly at: number
}

/** What the service has promised: uploads that it must keep, and images that it must not serve any more. */
export class Ledger {
  /** By id, in the order of the answers. */
  readonly kept = new Map<string, Upload>()
  /** Deletions that were answered. */
  readonly deleted = new Map<string, Upload>()
  /** What was acknowledged and is gone, in words. */
  readonly losses: string[] = []

  add(upload: Upload): void {
    this.kept.set(upload.id, upload)
  }

  /** Takes an upload that is old enough to have been processed, to delete it. Until that is answered, nothing is promised. */
  takeOldest(minAgeMs: number): Upload | undefined {
    const [oldest] = this.kept.values()
    if (oldest === undefined || performance.now() - oldest.at < minAgeMs) return undefined
    this.kept.delete(oldest.id)
    return oldest
  }

  /** An upload at random. */
  pick(): Upload | undefined {
    const all = [...this.kept.values()]
    return all[Math.floor(Math.random() * all.length)]
  }
}
