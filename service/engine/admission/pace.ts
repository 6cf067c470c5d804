/** The weight of all earlier work when more is recorded: about the last twenty requests count. */
const decay = 0.95
/** Records that are needed before they count: a single wait says little about others. */
const samples = 5

/** Learns how many milliseconds pass per estimated millisecond of work. Recent work counts most. */
export class Pace {
  #passedMs = 0
  #costMs = 0
  #records = 0

  /** Whether enough was recorded. */
  get isKnown(): boolean {
    return this.#records >= samples && this.#costMs > 0
  }

  record(costMs: number, passedMs: number): void {
    this.#passedMs = decay * this.#passedMs + passedMs
    this.#costMs = decay * this.#costMs + costMs
    this.#records++
  }

  /** The milliseconds that are expected to pass for an estimate. The estimate itself, while too little was recorded. */
  heldMs(costMs: number): number {
    return this.isKnown ? (costMs * this.#passedMs) / this.#costMs : costMs
  }
}
