import { setTimeout } from 'node:timers/promises'
import { messageOf } from '../../service/errors/catalogue.ts'
import type { Database } from '../../service/metadata/database.ts'
import { until } from '../../service/test/support/until.ts'
import { findGarbage, type Garbage } from './checks/garbage.ts'
import { finishWork, sweep } from './checks/sweep.ts'
import { checkUploads } from './checks/uploads.ts'
import type { Fault } from './fault.ts'
import { hits, kinds, type Load } from './load/kinds.ts'
import { type Counts, countByResult, lastFailure, longestOutage, type Outage } from './load/request-log.ts'
import type { Traffic } from './load/traffic.ts'
import { readyMs } from './system.ts'

/** What happened under a fault. */
export interface Outcome {
  readonly name: string
  readonly summary: string
  readonly requests: number
  readonly failed: number
  readonly byResult: Counts
  /** The longest wait for a hit, and for one that nginx has cached. */
  readonly outage: Outage
  readonly cachedOutage: Outage
  /** When the fault began, in milliseconds of `performance.now()`. */
  readonly begun: number
  /** Milliseconds from the end of the fault; undefined when the service did not recover. */
  readonly recovery: number | undefined
  readonly mistakes: readonly string[]
  readonly losses: readonly string[]
  readonly garbage: Garbage
  /** What went wrong with the fault itself, or with the work after it. */
  readonly problems: readonly string[]
  readonly note: string | undefined
}

export interface TrialParts {
  readonly load: Load
  readonly traffic: Traffic
  readonly database: Database
  /** How long a fault lasts, in seconds. */
  readonly seconds: number
  /** The share of the usual rates of requests. */
  readonly share: number
  readonly signal: AbortSignal
}

/** How long requests are sent before the fault begins, in milliseconds. */
const warmUpMs = 3_000
/** How long all requests must be answered well before the service counts as recovered, in milliseconds. */
const quietMs = 4_000
/** How long a request may take before it counts as failed for the time to recover, in milliseconds. */
const stuckMs = 5_000
/** How long the service may take to recover, in milliseconds. */
const recoveryMs = 120_000

/** Causes a fault under load, waits for recovery, lets the work finish and checks everything. */
export async function runTrial(parts: TrialParts, fault: Fault): Promise<Outcome> {
  const { load, traffic, seconds, share, signal } = parts
  const { log, ledger, answers, system } = load
  const undo = await fault.prepare?.(system)
  const problems: string[] = []
  const [before, mistakes, losses] = [performance.now(), answers.mistakes.length, ledger.losses.length]
  traffic.start(share)
  let [begun, recovery, note]: [number, number | undefined, string | undefined] = [0, undefined, undefined]
  try {
    await setTimeout(warmUpMs, undefined, { signal })
    log.clear()
    begun = performance.now()
    const cause = await fault.begin(system, signal)
    await setTimeout(seconds * 1000, undefined, { signal }).catch(() => {})
    const healed = performance.now()
    note = await cause.end()
    recovery = await untilRecovered(parts, healed, problems)
  } finally {
    await traffic.stop()
    await undo?.()
  }
  signal.throwIfAborted()
  const { samples } = log
  const garbage = await clear(parts, before, problems)
  problems.push(...traffic.errors.splice(0).map(String))
  const unexpected = samples.filter(({ status }) => status === 500).length
  if (unexpected > 0) problems.push(`${unexpected} answers with 500`)
  return {
    ...{ name: fault.name, summary: fault.summary, note, problems, garbage, recovery, begun },
    requests: samples.length,
    failed: samples.filter(({ isGood }) => !isGood).length,
    byResult: countByResult(samples),
    outage: longestOutage(samples, hits),
    cachedOutage: longestOutage(samples, ['cached by nginx']),
    mistakes: answers.mistakes.slice(mistakes),
    losses: ledger.losses.slice(losses),
  }
}

/** Waits until every kind of request is answered well for a while. @returns milliseconds from the end of the fault */
async function untilRecovered(
  { load: { log, system } }: TrialParts,
  healed: number,
  problems: string[],
): Promise<number | undefined> {
  let readyAt: number | undefined
  const isRecovered = async () => {
    if (readyAt === undefined && (await system.isReady())) readyAt = performance.now()
    const quietSince = Math.max(readyAt ?? performance.now(), healed + lastFailure(log.samples, healed))
    const seen = new Set(log.samples.filter(one => one.isGood && one.sent > healed).map(({ kind }) => kind))
    return (
      performance.now() - quietSince > quietMs &&
      log.countStuck(healed, stuckMs) === 0 &&
      Object.keys(kinds).every(kind => seen.has(kind))
    )
  }
  try {
    await until('the service recovers', recoveryMs, isRecovered)
    return Math.max((readyAt ?? healed) - healed, lastFailure(log.samples, healed))
  } catch (error) {
    problems.push(messageOf(error))
    return undefined
  }
}

/** Lets all work finish, sweeps, and looks for what is left. A step that fails does not stop the next. */
async function clear({ load, database }: TrialParts, since: number, problems: string[]): Promise<Garbage> {
  const { system } = load
  const steps = [
    () => until('all processes are ready', readyMs, system.isReady),
    () => checkUploads(load, since),
    () => finishWork(database, system),
    () => sweep(database, system),
  ]
  for (const step of steps) await step().catch(error => problems.push(messageOf(error)))
  return findGarbage(system, database)
}
