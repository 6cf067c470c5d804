import type { Machine } from './machine.ts'
import { amount } from './report.ts'
import type { NamedOutcome, Row } from './scenario.ts'
import { median } from './stats.ts'

/** A paragraph of the report. */
export interface Limit {
  readonly title: string
  readonly text: string
}

type Outcomes = readonly NamedOutcome[]

/** Explains what limits hits, cold work, ingest and memory. Every figure is one of the run, or computed from them. */
export const limitsOf = ({ cores }: Machine, outcomes: Outcomes): Limit[] => [
  { title: 'Hits', text: hits(outcomes) },
  { title: 'Cold work', text: cold(cores, outcomes) },
  { title: 'Ingest', text: ingest(cores, outcomes) },
  { title: 'Memory', text: memory(outcomes) },
]

/** @throws Error if the run has no such row, as a report must not have gaps */
function rowOf(outcomes: Outcomes, scenario: string, what: string): Row {
  const row = outcomes.find(({ name }) => name === scenario)?.rows.find(each => each.what === what)
  if (row === undefined) throw new Error(`the run has no figure for ${scenario}, ${what}`)
  return row
}

const ratioOf = ({ ratios = [] }: Row) => `${median(ratios).toFixed(2)} times`

function hits(outcomes: Outcomes): string {
  const cpu = 'server CPU µs/request'
  const fromMemory = rowOf(outcomes, 'memory-hits', cpu)
  const fromStore = rowOf(outcomes, 'store-hits', cpu)
  const busy = rowOf(outcomes, 'memory-hits', 'cores that the server used')
  const { darkroom, baseline = Number.NaN } = fromMemory
  return [
    `The CPU time of a request: ${amount(darkroom)} µs from memory, of which a bare server that sends the same bytes needs ${amount(baseline)} µs (${ratioOf(fromMemory)} as much);`,
    `what the service adds is ${amount(darkroom - baseline)} µs. A core answers ${amount(1e6 / darkroom)} such hits a second; the service used ${amount(busy.darkroom)} cores in this run.`,
    `A hit from the store costs ${amount(fromStore.darkroom)} µs, ${ratioOf(fromStore)} what \`node:http\` and \`fs.readFile\` need.`,
  ].join(' ')
}

function cold(cores: number, outcomes: Outcomes): string {
  const cpu = rowOf(outcomes, 'cold', 'jpg, CPU ms/derivative')
  const main = rowOf(outcomes, 'cold', 'jpg, main-thread ms/derivative').darkroom
  const { darkroom, baseline = Number.NaN } = cpu
  return [
    `A small JPEG costs ${amount(darkroom)} ms of CPU time, of which ${amount(baseline)} ms are the bare sharp call: decoding, resizing and encoding. The other ${amount(darkroom - baseline)} ms are the service's.`,
    `The main thread needs ${amount(main)} ms of the whole. ${cores} cores can therefore render at most ${amount((cores * 1000) / darkroom)} a second, and one process at most ${amount(1000 / main)}, however many cores it has:`,
    `the processor is the limit below ${(darkroom / main).toFixed(1)} cores, the main thread above.`,
  ].join(' ')
}

function ingest(cores: number, outcomes: Outcomes): string {
  const sizes = ['640×480', '2560×1600', '4000×3000'].map(size => ({
    size,
    cpu: rowOf(outcomes, 'ingest', `${size}, CPU ms/image`).darkroom,
    main: rowOf(outcomes, 'ingest', `${size}, main-thread ms/image`).darkroom,
  }))
  const list = sizes.map(
    ({ size, cpu, main }) => `${amount(cpu)} ms at ${size} (${amount(main)} ms on the main thread)`,
  )
  const small = sizes[0]?.cpu ?? Number.NaN
  return [
    `An upload and its analysis cost ${list.join(', ')} of CPU time, without the database.`,
    `If nothing else runs, ${cores} cores cannot process more than ${amount((cores * 60_000) / small)} of the smallest images in a minute. Requests come first, so a busy site takes longer.`,
  ].join(' ')
}

function memory(outcomes: Outcomes): string {
  const own = rowOf(outcomes, 'burst', 'peak RSS in MB, largest of all rounds')
  const all = rowOf(outcomes, 'burst', 'peak RSS in MB with child processes')
  const peers = Object.entries(own.peers ?? {}).map(([name, value]) => `${name} ${amount(value)} MB`)
  // three bytes a pixel
  const [whole, half] = [5640 * 3172 * 3, 2820 * 1586 * 3].map(bytes => amount(bytes / 1e6))
  return [
    `While 64 clients request 64 widths of a fresh 18-megapixel JPEG, the process of the service peaks at ${amount(own.darkroom)} MB, and at ${amount(all.darkroom)} MB with the processes that it has started (${peers.join(', ')}).`,
    `The pixels of that file take ${whole} MB, and ${half} MB when it is decoded at half its size, which is enough for these widths.`,
  ].join(' ')
}
