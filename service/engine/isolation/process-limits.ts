import { DarkroomError } from '../../errors/catalogue.ts'
import { maxCostMs } from '../../plan/plan.ts'
import { renderSecondsFor } from '../sources/libvips.ts'

/** Limits of a task in a child process, and the errors of a task that exceeds them. */
export interface ProcessLimits {
  /** Maximum milliseconds of a task. */
  readonly maxMs: number
  /** A task that has used `cpuMs` milliseconds of CPU time may take this `maxMs` instead of the one above. */
  readonly busy: { readonly maxMs: number; readonly cpuMs: number }
  /** Maximum CPU milliseconds of a task, all threads together. */
  readonly maxCpuMs: number
  /** CPU milliseconds after which a task continues at a low priority. */
  readonly backgroundCpuMs: number
  /** Milliseconds that a task may still run after its signal aborted. */
  readonly graceMs: number
  /** Maximum bytes of memory of the process. */
  readonly maxBytes: number
  /** Whether `maxBytes` limits only the memory that a task takes in addition to what its process had before. */
  readonly limitsAddedMemory: boolean
  /** @param isBusy whether the task has used CPU time, rather than waited for it */
  tooSlow(isBusy: boolean): DarkroomError
  tooLarge(): DarkroomError
  /** @param cause the signal or exit code */
  crashed(cause: string): DarkroomError
}

/**
 * How long a task may go on after its client has disconnected, in milliseconds, before its process is killed. It is
 * about the time that starting a process takes: killing earlier could cost more than letting the task end.
 */
const graceMs = 250

const megabytesOf = (bytes: number) => Math.round(bytes / 2 ** 20)
const crashed = (cause: string) => new DarkroomError('internal', `the render process exited (${cause})`)

/**
 * Limits of a render. A render stops by itself when its own time limit is over. Its process is killed only if it still
 * runs after 1.5 times the limit of the longest possible render.
 */
export function renderLimits(maxBytes: number): ProcessLimits {
  const megabytes = megabytesOf(maxBytes)
  const maxMs = 1.5 * renderSecondsFor(maxCostMs) * 1000
  return {
    maxMs,
    busy: { maxMs, cpuMs: 0 },
    maxCpuMs: Number.POSITIVE_INFINITY,
    backgroundCpuMs: Number.POSITIVE_INFINITY,
    graceMs,
    maxBytes,
    limitsAddedMemory: false,
    tooSlow: () => new DarkroomError('deadline', 'rendering took too long'),
    tooLarge: () => new DarkroomError('internal', `the image needs more than ${megabytes} MB of memory`),
    crashed,
  }
}

/** The budget of inspecting a small file. */
export interface InspectionBudget {
  /** Maximum milliseconds, of time and of CPU time. */
  readonly maxMs: number
  /** Maximum bytes of memory, in addition to what the process had before the inspection. */
  readonly maxBytes: number
}

/** Signals of a decoder that crashed by itself, as opposed to a process that was killed. */
const crashSignals = /^SIG(SEGV|BUS|ILL|FPE|ABRT|TRAP)$/

/** When a client may retry an upload for which the machine had no time, in milliseconds. */
const retryAfterMs = 5_000

/** CPU milliseconds after which an inspection gives way to those of others. Few files need more. */
const backgroundCpuMs = 500
/** The share of its CPU time after which a file that has taken its time is at fault, rather than the machine. */
const busyShare = 0.8
/** How much longer an inspection that waits for CPU time may take, in milliseconds. */
const maxWaitMs = 25_000

/** Limits of an inspection. A file that exceeds them is at fault, unless the machine is too busy to inspect it. */
export function inspectionLimits({ maxMs, maxBytes }: InspectionBudget): ProcessLimits {
  const tooComplex = (limit: string) =>
    new DarkroomError('too-complex', `the image needs more than ${limit} to be read`)
  return {
    maxMs: maxMs + maxWaitMs,
    busy: { maxMs, cpuMs: busyShare * maxMs },
    maxCpuMs: maxMs,
    backgroundCpuMs,
    graceMs,
    maxBytes,
    limitsAddedMemory: true,
    tooSlow: isBusy =>
      isBusy
        ? tooComplex(`${maxMs / 1000} seconds`)
        : new DarkroomError('overloaded', 'the service is too busy to read the image', { retryAfterMs }),
    tooLarge: () => tooComplex(`${megabytesOf(maxBytes)} MB of memory`),
    crashed: cause =>
      crashSignals.test(cause)
        ? new DarkroomError('undecodable', 'the image cannot be decoded: the decoder crashed', { cause })
        : crashed(cause),
  }
}
