import type { Machine } from './machine.ts'
import type { Outcome, Row } from './scenario.ts'
import { median } from './stats.ts'

/** Rows with a median ratio below their target or above their ceiling, a value above their limit, or a fault. */
export function missed(outcomes: readonly Outcome[]): Row[] {
  return outcomes.flatMap(({ rows }) => rows.filter(row => !isMet(row)))
}

export function isMet(row: Row): boolean {
  const { darkroom, peers = {}, ratios = [], target, ceiling, lead, limit, fault, clientBound = false } = row
  if (fault !== undefined || (limit !== undefined && !(darkroom <= limit))) return false
  if (lead !== undefined && !(darkroom / Math.max(...Object.values(peers)) >= lead)) return false
  if (clientBound) return true
  const ratio = median(ratios)
  return (target === undefined || ratio >= target) && (ceiling === undefined || ratio <= ceiling)
}

/** The condition that `--check` requires of a row; empty if there is none. */
export function demandOf(row: Row): string {
  const { fault } = row
  const demand = figureDemand(row)
  return fault === undefined ? demand : `${demand}, ${fault}`.replace(/^, /, '')
}

function figureDemand({ target, ceiling, lead, limit }: Row): string {
  if (lead !== undefined) return `≥ ${lead.toFixed(1)} of peers`
  if (limit !== undefined) return `≤ ${amount(limit)}`
  if (ceiling !== undefined) return `≤ ${ceiling.toFixed(2)}`
  return target === undefined ? '' : `≥ ${target.toFixed(2)}`
}

/** One line with the date, the machine, the versions and the settings of a run. */
export function machineLine(machine: Machine): string {
  const {
    date,
    cores,
    processor,
    node,
    sharp,
    libvips,
    generator,
    peers,
    UV_THREADPOOL_SIZE,
    MALLOC_ARENA_MAX,
  } = machine
  const terms = `UV_THREADPOOL_SIZE=${UV_THREADPOOL_SIZE} MALLOC_ARENA_MAX=${MALLOC_ARENA_MAX}`
  const day = date.slice(0, 16).replace('T', ' ')
  return `${day}, ${cores} cores (${processor}), Node ${node}, sharp ${sharp}, libvips ${libvips}, ${generator}, ${terms}, ${peers}`
}

/** The width of the first column, unless a name is longer. */
const nameWidth = 44

/** Formats a scenario's table as text. */
export function outcomeTable({ title, rows, notes }: Outcome): string {
  const width = Math.max(nameWidth, ...rows.map(({ what }) => what.length))
  const lines = [
    line(width, ['', 'Darkroom', 'baseline', 'ratio', 'target', 'pairs']),
    ...rows.map(row => line(width, cells(row))),
    ...notes.map(note => `  ${note}`),
  ]
  return `${title}\n${lines.join('\n')}\n`
}

function cells(row: Row): string[] {
  const { what, darkroom, baseline, ratios, clientBound = false, peers = {}, details = '' } = row
  return [
    what,
    amount(darkroom),
    baseline === undefined ? '' : amount(baseline),
    ratios === undefined ? '' : median(ratios).toFixed(2),
    figureDemand(row),
    [
      ratios === undefined ? details : pairsOf(ratios),
      ...(clientBound ? ['client-bound'] : []),
      ...Object.entries(peers).map(([name, value]) => `${name} ${amount(value)}`),
    ].join('  '),
  ]
}

const pairsOf = (ratios: readonly number[]) => ratios.map(ratio => ratio.toFixed(2)).join(' ')

function line(
  width: number,
  [what = '', darkroom = '', baseline = '', ratio = '', target = '', pairs = '']: string[],
): string {
  const numbers = `${darkroom.padStart(10)}${baseline.padStart(11)}${ratio.padStart(8)}${target.padStart(9)}`
  return `  ${what.padEnd(width)}${numbers}   ${pairs}`.trimEnd()
}

export const amount = (value: number) =>
  Number.isNaN(value) ? '–' : value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 1 : 0 })
