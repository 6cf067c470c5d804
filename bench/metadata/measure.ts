import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import type pg from 'pg'
import type { Row } from '../scenario.ts'
import { type DatabaseCost, StatementLog } from './statements.ts'

/** Limits in milliseconds. */
export interface Budget {
  readonly databaseMs: number
  readonly mainThreadMs: number
}

/** The limits for work on many images. */
export const scaled = ({ databaseMs, mainThreadMs }: Budget, images: number): Budget => ({
  databaseMs: databaseMs * images,
  mainThreadMs: mainThreadMs * images,
})

/** What a piece of work cost. */
export interface Cost {
  readonly database: DatabaseCost
  /** CPU time of the main thread in milliseconds; NaN on systems without `/proc`. */
  readonly mainThreadMs: number
  /** Elapsed time in milliseconds; it depends on the machine's other load. */
  readonly wallMs: number
  /** Why it failed. */
  readonly failure: string | undefined
}

/** Measures work that a process does. */
export class Meter {
  readonly #log: StatementLog
  readonly #pid: number

  /** `pid` is the process, `log` the path of the log of its database, and `client` a connection that is not measured. */
  constructor({ log, client, pid }: { log: string; client: pg.Client; pid: number }) {
    this.#log = new StatementLog(log, client)
    this.#pid = pid
  }

  /** @param limitMs the time after which the work counts as hanging */
  async measure(work: () => Promise<unknown>, limitMs: number): Promise<Cost> {
    await this.#log.clear()
    const [cpu, begun] = [mainThreadMs(this.#pid), performance.now()]
    const ending = new AbortController()
    const hanging = setTimeout(limitMs, undefined, { signal: ending.signal }).then(() => {
      throw new Error(`not done after ${limitMs / 1000} s`)
    })
    const failure = await Promise.race([work(), hanging]).then(
      () => undefined,
      error => (error instanceof Error ? error.message : String(error)),
    )
    ending.abort()
    hanging.catch(() => {})
    const [spent, wallMs] = [mainThreadMs(this.#pid) - cpu, performance.now() - begun]
    return { database: await this.#log.cost(), mainThreadMs: spent, wallMs, failure }
  }
}

/** From this number on, the report names the statement that took most of the time. */
const manyStatements = 20

/** CPU time of the main thread of a process, in milliseconds. Its id is that of the process. */
function mainThreadMs(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6
  } catch {
    return Number.NaN
  }
}

/** The two lines of the report for an operation: the database's time, and that of the main thread. */
export function rowsOf(name: string, cost: Cost, { databaseMs, mainThreadMs }: Budget): Row[] {
  // a failure misses every target, and so does a statement that ran into its time limit
  const failed = cost.failure !== undefined || cost.database.cancelled > 0
  const figureOf = (ms: number) => (failed ? Number.POSITIVE_INFINITY : ms)
  const fault = cost.database.scans.map(({ what, rows }) => `${what} of ${rows} rows`).join(', ')
  const database = {
    ...{ darkroom: figureOf(cost.database.ms), limit: databaseMs },
    ...(fault !== '' && { fault: `no scan: ${fault}` }),
  }
  const mainThread = { darkroom: figureOf(cost.mainThreadMs), limit: mainThreadMs }
  return [
    { what: `${name}: database ms`, ...database, details: databaseDetails(cost) },
    {
      what: `${name}: main thread ms`,
      // a system without `/proc` has no figure to check
      ...(Number.isNaN(mainThread.darkroom) ? { darkroom: Number.NaN } : mainThread),
      details: `${Math.round(cost.wallMs)} ms elapsed`,
    },
  ]
}

function databaseDetails({ database, failure }: Cost): string {
  const { statements, cancelled, hit, read, worst, slowest, scans } = database
  const facts = [
    failure && `FAILED: ${failure}`,
    `${statements} statements`,
    cancelled > 0 && `${cancelled} cancelled`,
    `${hit} hit`,
    `${read} read`,
    worst && `${worst.what}, ${worst.rows} rows`,
    statements > manyStatements &&
      slowest &&
      `mostly ${Math.round(slowest.ms)} ms of ${slowest.count} × "${slowest.statement}"`,
    ...scans.map(({ what, rows, statement }) => `SCAN: ${what}, ${rows} rows in "${statement}"`),
  ]
  return facts.filter(Boolean).join(', ')
}
