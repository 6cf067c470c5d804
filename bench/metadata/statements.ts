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
  readonly worst: WorstNode | undefined
}

export interface WorstNode {
  /** Such as `Index Scan images_by_age`. */
  readonly what: string
  readonly rows: number
  /** Whether it reads a whole table that is not small. */
  readonly isScan: boolean
  /** The beginning of its statement. */
  readonly statement: string
}

/** The part of a plan that `auto_explain` writes. */
interface PlanNode {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly 'Actual Rows'?: number
  readonly 'Actual Loops'?: number
  readonly 'Rows Removed by Filter'?: number
  readonly 'Rows Removed by Index Recheck'?: number
  readonly 'Shared Hit Blocks'?: number
  readonly 'Shared Read Blocks'?: number
  readonly Plans?: readonly PlanNode[]
}

/** The rows from which a scan of a table counts as one of a large table. */
const manyRows = 5_000
/** The limit of a statement of the service, in milliseconds: a cancelled one has used it up. */
const statementMs = 10_000
/** How much of a statement is shown, in characters. */
const statementLength = 160
/** How long to wait for the last lines of the log, in milliseconds. */
const logMs = 50

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

  constructor(path: string) {
    this.#path = path
  }

  /** Forgets what was written. The server appends, so it goes on at the beginning. */
  async clear(): Promise<void> {
    await truncate(this.#path)
  }

  async cost(): Promise<DatabaseCost> {
    await setTimeout(logMs)
    return costOf(await readFile(this.#path, 'utf8'))
  }
}

/** The cost of the statements in a log. */
export function costOf(log: string): DatabaseCost {
  // lines of an entry after the first begin with a tab
  const entries = log.replaceAll('\n\t', '\n ').split(/\n(?! )/)
  let [ms, statements, cancelled, hit, read] = [0, 0, 0, 0, 0]
  let worst: WorstNode | undefined
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
    const node = worstOf(plan)
    if (node && (worst === undefined || node.rows > worst.rows))
      worst = { ...node, statement: text.replace(/\s+/g, ' ').slice(0, statementLength) }
  }
  return { ms, statements, cancelled, hit, read, worst }
}

/** Another line of the log may end an entry; what is after the plan is left out. */
function parsePlan(text: string): { readonly Plan?: PlanNode; readonly 'Query Text'?: string } {
  try {
    return JSON.parse(text.slice(0, text.lastIndexOf('}') + 1))
  } catch {
    return {}
  }
}

function worstOf(node: PlanNode): Omit<WorstNode, 'statement'> | undefined {
  const rows = Math.round(
    ((node['Actual Rows'] ?? 0) +
      (node['Rows Removed by Filter'] ?? 0) +
      (node['Rows Removed by Index Recheck'] ?? 0)) *
      (node['Actual Loops'] ?? 1),
  )
  const type = node['Node Type']
  const relation = node['Index Name'] ?? node['Relation Name']
  const isScan = type === 'Seq Scan' && rows >= manyRows
  const own = relation === undefined ? [] : [{ what: `${type} ${relation}`, rows, isScan }]
  const all = [...own, ...(node.Plans ?? []).flatMap(plan => worstOf(plan) ?? [])]
  return all.sort((a, b) => b.rows - a.rows)[0]
}
