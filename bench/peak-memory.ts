import { memoryBytes, serverBytes } from './process-usage.ts'

const sampleMs = 50
const mega = 1e6

/** Samples the memory of a server until it is stopped. */
export class PeakMemory {
  #own = 0
  #all = 0
  readonly #timer: NodeJS.Timeout

  constructor(pid: number | undefined) {
    this.#timer = setInterval(() => {
      if (pid === undefined) return
      this.#own = Math.max(this.#own, memoryBytes(pid))
      this.#all = Math.max(this.#all, serverBytes(pid))
    }, sampleMs)
  }

  /** Returns the peaks in MB: of the server's process, and with the processes that it has started. */
  stop(): { megabytes: number; allMegabytes: number } {
    clearInterval(this.#timer)
    return { megabytes: this.#own / mega, allMegabytes: this.#all / mega }
  }
}
