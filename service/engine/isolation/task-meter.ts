import type { DarkroomError } from '../../errors/catalogue.ts'
import type { ProcessLimits } from './process-limits.ts'
import { type ProcessUsage, usageOf } from './process-usage.ts'

/** Milliseconds between two samples. A decoder can allocate about 50 MB in this time. */
const sampleMs = 20

/** Called for a running task. */
export interface TaskEvents {
  /** The task exceeds a limit. */
  onExceeded(error: DarkroomError): void
  /** The task has used so much CPU time that it should continue at a low priority. */
  onBackground(): void
}

/** Watches a process during one task. Memory and CPU time are known on Linux only. */
export class TaskMeter {
  readonly #pid: number
  readonly #limits: ProcessLimits
  readonly #events: TaskEvents
  readonly #begun = performance.now()
  readonly #start: ProcessUsage
  readonly #sampling: NodeJS.Timeout
  #last: ProcessUsage

  constructor(pid: number, limits: ProcessLimits, events: TaskEvents) {
    this.#pid = pid
    this.#limits = limits
    this.#events = events
    this.#start = usageOf(pid) ?? { bytes: 0, cpuMs: 0 }
    this.#last = this.#start
    this.#sampling = setInterval(() => this.#sample(), sampleMs)
  }

  /** Memory of the process at the last sample, in bytes. */
  get bytes(): number {
    return this.#last.bytes
  }

  stop(): void {
    clearInterval(this.#sampling)
  }

  #sample(): void {
    this.#last = usageOf(this.#pid) ?? this.#last
    const { maxBytes, limitsAddedMemory, backgroundCpuMs } = this.#limits
    const taken = limitsAddedMemory ? this.bytes - this.#start.bytes : this.bytes
    const cpuMs = this.#last.cpuMs - this.#start.cpuMs
    if (taken > maxBytes) this.#events.onExceeded(this.#limits.tooLarge())
    else if (this.#isTooSlow(cpuMs)) this.#events.onExceeded(this.#limits.tooSlow(this.#isBusy(cpuMs)))
    else if (cpuMs > backgroundCpuMs) this.#events.onBackground()
  }

  #isTooSlow(cpuMs: number): boolean {
    const { maxMs, maxCpuMs, busy } = this.#limits
    const ms = performance.now() - this.#begun
    return cpuMs > maxCpuMs || ms > (this.#isBusy(cpuMs) ? busy.maxMs : maxMs)
  }

  #isBusy(cpuMs: number): boolean {
    return cpuMs >= this.#limits.busy.cpuMs
  }
}
