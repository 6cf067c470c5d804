import { readFile, writeFile } from 'node:fs/promises'
import { limitsOf } from './limits.ts'
import type { Machine } from './machine.ts'
import { amount, demandOf, isMet } from './report.ts'
import type { NamedOutcome, Outcome, Row } from './scenario.ts'
import type { Settings } from './settings.ts'
import { median } from './stats.ts'

// the program runs in dist/bench
const root = new URL('../../', import.meta.url)
const reportFile = new URL('bench/REPORT.md', root)
const readmeFile = new URL('README.md', root)
const [begin, end] = ['<!-- measured by npm run bench -- --report -->', '<!-- end of the measured text -->']

/** The length of a run's rounds. */
type Rounds = Pick<Settings, 'loadPairs' | 'loadSeconds'>

/** Writes the report of a run of all scenarios, and the measured text of the README. */
export async function writeReport(
  machine: Machine,
  rounds: Rounds,
  outcomes: readonly NamedOutcome[],
): Promise<void> {
  await writeFile(reportFile, reportOf(machine, rounds, outcomes))
  const readme = await readFile(readmeFile, 'utf8')
  const [first, rest = ''] = readme.split(begin)
  if (!rest.includes(end)) throw new Error('README.md has no place for the measured text')
  const measured = `${begin}\n${speedOf(machine, outcomes)}\n${end}`
  await writeFile(readmeFile, first + measured + rest.slice(rest.indexOf(end) + end.length))
}

/** The whole report as Markdown. */
function reportOf(machine: Machine, rounds: Rounds, outcomes: readonly NamedOutcome[]): string {
  const limits = limitsOf(machine, outcomes).map(({ title, text }) => `### ${title}\n\n${text}`)
  const parts = [
    '# Benchmark report',
    '`npm run bench -- --report` writes this file. Darkroom and its baseline run alternately on the same machine, and a ratio is the median over all pairs of rounds. ' +
      'The most important figures are CPU times, which a slow client or other work on the machine hardly changes. A row that is marked *client-bound* says nothing about the servers, because the baseline waited for requests or for the processor.',
    machineList(machine, rounds),
    '## Where the time goes',
    ...limits,
    '## Figures',
    ...outcomes.map(sectionOf),
  ]
  return `${parts.join('\n\n')}\n`
}

function machineList(machine: Machine, { loadPairs, loadSeconds }: Rounds): string {
  const { date, cores, processor, node, sharp, libvips, generator, peers } = machine
  const { UV_THREADPOOL_SIZE, MALLOC_ARENA_MAX } = machine
  return [
    `- ${date.slice(0, 16).replace('T', ' ')} UTC, ${cores} cores (${processor}), which the clients share`,
    `- hits were measured in ${loadPairs} pairs of rounds of ${loadSeconds} s (a full run has 6 of 4 s, and \`--quick\` has 3 of 1 s)`,
    `- Node ${node}, sharp ${sharp}, libvips ${libvips}; load by ${generator}`,
    `- ${peers}; ipx uses the same sharp, the others their own libraries`,
    `- \`UV_THREADPOOL_SIZE=${UV_THREADPOOL_SIZE}\`, \`MALLOC_ARENA_MAX=${MALLOC_ARENA_MAX}\``,
  ].join('\n')
}

function sectionOf({ title, rows, notes }: Outcome): string {
  const peers = [...new Set(rows.flatMap(row => Object.keys(row.peers ?? {})))]
  const lines = [
    ['', 'Darkroom', 'baseline', 'ratio', 'target', '', ...peers],
    ['---', '--:', '--:', '--:', '--:', '---', ...peers.map(() => '--:')],
    ...rows.map(row => [...cellsOf(row), ...peers.map(peer => figureOf(row.peers?.[peer]))]),
  ]
  const table = lines.map(cells => `| ${cells.join(' | ')} |`).join('\n')
  const list = notes.map(note => `- ${note}`).join('\n')
  return [`### ${title}`, table, ...(list === '' ? [] : [list])].join('\n\n')
}

function cellsOf(row: Row): string[] {
  const { what, darkroom, baseline, ratios } = row
  const ratio = ratios === undefined ? '' : median(ratios).toFixed(2)
  return [what, amount(darkroom), figureOf(baseline), ratio, demandOf(row), verdictOf(row)]
}

const figureOf = (value: number | undefined) => (value === undefined ? '' : amount(value))

function verdictOf(row: Row): string {
  if (row.clientBound) return 'client-bound'
  if (demandOf(row) === '') return ''
  return isMet(row) ? 'met' : '**missed**'
}

/** The README's text about speed. */
function speedOf({ date, cores, generator }: Machine, outcomes: readonly NamedOutcome[]): string {
  const hits = outcomes.find(({ name }) => name === 'memory-hits')?.rows[0]
  const jpeg = outcomes.find(({ name }) => name === 'cold')?.rows[0]
  if (hits === undefined || jpeg === undefined) throw new Error('the run has no figures for the README')
  const of = ({ ratios = [] }: Row) => median(ratios).toFixed(2)
  const peers = Object.entries(jpeg.peers ?? {}).map(([name, value]) => `${name}: ${amount(value)} ms`)
  return [
    `A rendered image that Darkroom holds in memory costs ${of(hits)} times the CPU time that a bare \`node:http\` server`,
    `needs to send the same bytes. A new JPEG of 300 to 360 pixels from one of 2560×1600 costs ${amount(jpeg.darkroom)} ms of CPU time, ${of(jpeg)} times`,
    `that of a bare loop of the same sharp calls (${peers.join(', ')}).`,
    `Measured on ${date.slice(0, 10)} on ${cores} cores with ${generator}; [the report](bench/REPORT.md) has all figures, also those that`,
    'miss their targets. To measure it yourself, run `npm run bench`.',
  ].join('\n')
}
