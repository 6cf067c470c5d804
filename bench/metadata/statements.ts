import { readFile, truncate } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import type pg from 'pg'

/** What the statements of a piece of work cost in the database. */
export interface DatabaseCost {
  /** Time in which statements ran, triggers included, in milliseconds. One that was cancelled counts with its time limit. */
  readonly ms: number
  readonly statements: number
  readonly cancelled: number
  /** Blocks of 8 kB from the shared buffers, and from outside of them. */
  readonly hit: number
  readonly read: number
  /** The node that read most rows; undefined when none read a row. */
  readonly worst: ReadNode | undefined
  /** The statement that took longest, all its executions together. */
  readonly slowest: StatementTime | undefined
  /** Nodes that read what grows with the site: a whole table, or an index for all users. */
  readonly scans: readonly Scan[]
}

/** A node of a plan that reads a table or an index. */
export interface ReadNode {
  /** Such as `Index Scan images_by_age`. */
  readonly what: string
  /** The rows of all loops, also those that a filter removed. */
  readonly rows: number
}

export interface StatementTime {
  /** The beginning of the statement. */
  readonly statement: string
  readonly ms: number
  readonly count: number
}

export interface Scan extends ReadNode {
  /** The beginning of its statement. */
  readonly statement: string
}

/** The part of a plan that `auto_explain` writes. */
interface PlanNode {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly 'Index Cond'?: string
  readonly 'Parallel Aware'?: boolean
  readonly 'Actual Rows'?: number
  readonly 'Actual Loops'?: number
  readonly 'Rows Removed by Filter'?: number
  readonly 'Rows Removed by Index Recheck'?: number
  readonly 'Shared Hit Blocks'?: number
  readonly 'Shared Read Blocks'?: number
  readonly Plans?: readonly PlanNode[]
}

/** The rows from which one loop of a node counts as a scan. A page of work in the background reads fewer. */
const manyRows = 5_000
/** The limit of a statement of the service, in milliseconds: a cancelled one has used it up. */
const statementMs = 10_000
/** How much of a statement is shown, in characters. */
const statementLength = 160
/** How long to wait until all connections are idle, and the pause between two looks, in milliseconds. */
const idleMs = 5_000
const lookMs = 25

/** Makes the server write the plan of each statement of later connections to its log. */
export async function explainStatements(client: pg.Client): Promise<void> {
  const settings = {
    session_preload_libraries: 'auto_explain',
    'auto_explain.log_min_duration': '0',
    'auto_explain.log_analyze': 'on',
    'auto_explain.log_buffers': 'on',
    // reading the clock for each row would cost more than the statement
    'auto_explain.log_timing': 'off',
    'auto_explain.log_format': 'json',
  }
  for (const [name, value] of Object.entries(settings))
    await client.query(`alter database postgres set ${name} = '${value}'`)
}

/** A connection that `explainStatements` does not affect. */
export const unexplained = { options: '-c auto_explain.log_min_duration=-1' }

/** The log of the server, in which the plans are. */
export class StatementLog {
  readonly #path: string

  readonly #client: pg.Client

  /** @param client a connection that writes no plans */
  constructor(path: string, client: pg.Client) {
    this.#path = path
    this.#client = client
  }

  /** Forgets what was written. The server appends, so it goes on at the beginning. */
  async clear(): Promise<void> {
    await truncate(this.#path)
  }

  /** The cost since `clear`. A connection writes the plan of a statement before it is idle again. */
  async cost(): Promise<DatabaseCost> {
    const deadline = Date.now() + idleMs
    for (let idleLooks = 0; idleLooks < 2 && Date.now() < deadline; await setTimeout(lookMs))
      idleLooks = (await this.#isIdle()) ? idleLooks + 1 : 0
    return costOf(await readFile(this.#path, 'utf8'))
  }

  async #isIdle(): Promise<boolean> {
    const { rows } = await this.#client.query(
      `select from pg_stat_activity where backend_type = 'client backend' and datname = current_database()
         and pid <> pg_backend_pid() and state <> 'idle' limit 1`,
    )
    return rows.length === 0
  }
}

/** The cost of the statements in a log. */
export function costOf(log: string): DatabaseCost {
  // lines of an entry after the first begin with a tab
  const entries = log.replaceAll('\n\t', '\n ').split(/\n(?! )/)
  let [ms, statements, cancelled, hit, read] = [0, 0, 0, 0, 0]
  let worst: ReadNode | undefined
  const scans = new Map<string, Scan>()
  const times = new Map<string, StatementTime>()
  for (const entry of entries) {
    if (entry.includes('canceling statement due to statement timeout')) {
      cancelled++
      ms += statementMs
    }
    const found = /duration: ([\d.]+) ms {2}plan:\n([\s\S]*)$/.exec(entry)
    if (!found) continue
    const { Plan: plan, 'Query Text': text = '' } = parsePlan(found[2] ?? '')
    if (plan === undefined) continue
    statements++
    ms += Number(found[1])
    hit += plan['Shared Hit Blocks'] ?? 0
    read += plan['Shared Read Blocks'] ?? 0
    const statement = text.replace(/\s+/g, ' ').slice(0, statementLength)
    const { ms: before, count } = times.get(statement) ?? { ms: 0, count: 0 }
    times.set(statement, { statement, ms: before + Number(found[1]), count: count + 1 })
    for (const { isScan, ...node } of readNodesOf(plan)) {
      if (worst === undefined || node.rows > worst.rows) worst = node
      if (isScan) scans.set(`${node.what} ${statement}`, { ...node, statement })
    }
  }
  const slowest = [...times.values()].sort((a, b) => b.ms - a.ms)[0]
  return { ms, statements, cancelled, hit, read, worst, slowest, scans: [...scans.values()] }
}

/** Another line of the log may end an entry; what is after the plan is left out. */
function parsePlan(text: string): { readonly Plan?: PlanNode; readonly 'Query Text'?: string } {
  try {
    return JSON.parse(text.slice(0, text.lastIndexOf('}') + 1))
  } catch {
    return {}
  }
}

function readNodesOf(node: PlanNode): (ReadNode & { readonly isScan: boolean })[] {
  const loops = node['Actual Loops'] ?? 1
  const rowsOfLoop =
    (node['Actual Rows'] ?? 0) +
    (node['Rows Removed by Filter'] ?? 0) +
    (node['Rows Removed by Index Recheck'] ?? 0)
  const rows = Math.round(rowsOfLoop * loops)
  const type = node['Node Type']
  const relation = node['Index Name'] ?? node['Relation Name']
  // processes that share a scan count as its loops
  const isScan = isUnbounded(node) && (node['Parallel Aware'] ? rows : rowsOfLoop) >= manyRows
  const own = relation === undefined ? [] : [{ what: `${type} ${relation}`, rows, isScan }]
  return [...own, ...(node.Plans ?? []).flatMap(readNodesOf)]
}

/** Whether a node may read the rows of all users. */
function isUnbounded(node: PlanNode): boolean {
  if (node['Node Type'] === 'Seq Scan') return true
  return node['Index Name'] !== undefined && !/\buser_id\b/.test(node['Index Cond'] ?? '')
}
