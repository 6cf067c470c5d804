import type { Inputs } from './options.ts'
import type { Step } from './page.ts'
import { type Bill, billOf, type Needs, perMillion, totalOf } from './sizing.ts'
import { amountOf, table } from './tables.ts'

type Figure = (needs: Needs, inputs: Inputs) => number

const share =
  (of: (counts: Needs['counts']) => number): Figure =>
  ({ counts }) =>
    (100 * of(counts)) / counts.origin
const dollars =
  (of: (bill: Bill) => number): Figure =>
  (needs, inputs) =>
    perMillion(needs, of(billOf(inputs, needs)))
const coresOf =
  (of: (work: Needs['work']) => number): Figure =>
  ({ work }) =>
    of(work) / 86_400

const figures: readonly (readonly [string, Figure])[] = [
  ['million requests a day', ({ deployment }) => deployment.site.requestsPerDay / 1e6],
  ['requests a second, busiest minute', needs => needs.requests],
  ['users', ({ deployment }) => deployment.site.users],
  ['images, in millions', ({ deployment }) => deployment.site.images / 1e6],
  ['answered by the CDN, %', ({ counts }) => (100 * counts.edge) / counts.requests],
  ['of the others, from memory, %', share(({ memory }) => memory)],
  ['from the store, %', share(({ store }) => store)],
  ['rendered or shared, %', share(({ rendered, standins, shared }) => rendered + standins + shared)],
  ['cores for hits, mean', coresOf(({ hits, store }) => hits + store)],
  ['cores for renderings, mean', coresOf(({ renders }) => renders)],
  ['cores for finals, mean', coresOf(({ finals }) => finals)],
  ['cores for uploads, mean', coresOf(({ ingest }) => ingest)],
  ['**cores of machines**', needs => needs.cores],
  ['http processes at least', needs => needs.processes],
  ['memory tiers, GiB', ({ deployment }) => deployment.memoryMb / 1024],
  ['cores of Postgres', needs => needs.databaseCores],
  ['disk of Postgres, TB', needs => needs.databaseTb],
  ['object store, TB', needs => needs.storeTb],
  ['reads of the store a second', needs => needs.gets],
  ['writes of the store a second', needs => needs.puts],
  ['jobs a second', needs => needs.jobs],
  ['Gbit/s that leave the machines', needs => needs.originGbit],
  ['$ of machines, per million requests', dollars(bill => bill.machines)],
  ['$ of Postgres', dollars(bill => bill.database)],
  ['$ of the object store', dollars(bill => bill.store)],
  ['$ of transfer', dollars(bill => bill.transfer)],
  ['**$ per million requests**', dollars(totalOf)],
]

/** What each step needs, and what it costs. */
export function stepTable(steps: readonly Step[], inputs: Inputs): string {
  const rows = figures.map(([name, of]) => [name, ...steps.map(({ needs }) => amountOf(of(needs, inputs)))])
  rows.splice(13, 0, [
    `**machines** of ${inputs['machine-cores']} cores (1×: this one)`,
    ...steps.map(({ name, needs }) =>
      name === '1×' ? '1' : amountOf(Math.ceil(needs.cores / inputs['machine-cores'])),
    ),
  ])
  return table(['', ...steps.map(({ name }) => name)], rows)
}
