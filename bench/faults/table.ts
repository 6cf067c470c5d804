import { readFile, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus } from 'node:os'
import type { Outcome } from './trial.ts'

// the program runs in dist/bench/faults
const page = new URL('../../../docs/reliability.md', import.meta.url)
const [begin, end] = [
  '<!-- measured by npm run test:faults -- --report -->',
  '<!-- end of the measured text -->',
]

/** Whether nothing was wrong, lost or left over, and the service recovered. */
export function isGood({ mistakes, losses, garbage, problems, recovery }: Outcome): boolean {
  const found = mistakes.length + losses.length + problems.length + Object.keys(garbage).length
  return found === 0 && recovery !== undefined
}

const seconds = (ms: number | undefined) => (ms === undefined ? '**never**' : `${(ms / 1000).toFixed(1)} s`)
const zero = (count: number) => (count === 0 ? '0' : `**${count}**`)

/** The table as Markdown. */
export function tableOf(outcomes: readonly Outcome[]): string {
  const lines = [
    [
      ...['what was done', 'requests', 'of them failed', 'wrong bytes', 'acknowledged work lost'],
      ...['longest outage of hits', 'of hits in nginx', 'time to recover', 'left over'],
    ],
    ['---', '--:', '--:', '--:', '--:', '--:', '--:', '--:', '--:'],
    ...outcomes.map(rowOf),
  ]
  return lines.map(cells => `| ${cells.join(' | ')} |`).join('\n')
}

function rowOf(outcome: Outcome): string[] {
  const { summary, note, requests, failed, mistakes, losses, garbage, problems } = outcome
  const left = Object.values(garbage).reduce((sum, count) => sum + count, 0)
  return [
    [summary, ...(note === undefined ? [] : [note]), ...problems.map(problem => `**${problem}**`)].join('; '),
    ...[requests, failed].map(String),
    ...[mistakes.length, losses.length].map(zero),
    ...[outcome.outage.ms, outcome.cachedOutage.ms, outcome.recovery].map(seconds),
    zero(left),
  ]
}

/** Writes the table of a run into the documentation. @param length how long each fault lasted, in seconds */
export async function writeTable(outcomes: readonly Outcome[], skipped: readonly string[], length: number) {
  const text = await readFile(page, 'utf8')
  const [first, rest = ''] = text.split(begin)
  if (!rest.includes(end)) throw new Error('docs/reliability.md has no place for the measured text')
  const date = new Date().toISOString().slice(0, 10)
  const processor = cpus()[0]?.model.trim() || 'unknown processor'
  const caption =
    `Measured on ${date} with Node ${process.version} on ${availableParallelism()} cores (${processor}), which the servers, the processes and ` +
    `the clients shared. Each fault lasted ${length} s.`
  const notes = skipped.map(reason => `\n\nLeft out: ${reason}.`).join('')
  const measured = `${begin}\n${caption}\n\n${tableOf(outcomes)}${notes}\n${end}`
  await writeFile(page, first + measured + rest.slice(rest.indexOf(end) + end.length))
}
