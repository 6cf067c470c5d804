import { readFile, writeFile } from 'node:fs/promises'
import { type Costs, type Measured, readReport } from './costs.ts'
import { defaultInputs, type Inputs, inputs as known } from './options.ts'
import { busiestOf, parts, tightest } from './parts.ts'
import { scaled } from './site.ts'
import { type Basis, Model, type Needs, siteOf, sizeFirst, sizeStep } from './sizing.ts'
import { stepTable } from './step-table.ts'
import { amountOf, table, times } from './tables.ts'
import { budgetTable, cdnTable, memoryTable, routingTable } from './variations.ts'

// the program runs in dist/bench/capacity
export const pageFile = new URL('../../../docs/capacity.md', import.meta.url)
const [begin, end] = [
  '<!-- computed by npm run capacity -- --report -->',
  '<!-- end of the computed text -->',
]

const factors = [100, 10_000] as const

type PageBasis = Basis & Measured

/** A column of the tables. */
export interface Step {
  readonly name: string
  readonly needs: Needs
}

/** The site that fills this machine, or the reader's own, and the same 100 and 10,000 times as large. */
function stepsOf(basis: PageBasis, requests: number | undefined): Step[] {
  const first = requests === undefined ? sizeFirst(basis, basis.cores) : undefined
  const site = first?.deployment.site ?? siteOf(basis.inputs, (requests ?? 0) * 1e6)
  const larger = (first ? factors : [1]).flatMap(factor =>
    [false, true].map(hasCdn => ({
      name: `${first ? times(factor) : 'your site'}${hasCdn ? ', CDN' : ''}`,
      needs: sizeStep(basis, scaled(site, factor), hasCdn),
    })),
  )
  return [...(first ? [{ name: '1×', needs: first }] : []), ...larger]
}

/** The computed part of the page as Markdown. */
export function computedText(basis: PageBasis, requests: number | undefined): string {
  const { inputs, costs, machine } = basis
  const steps = stepsOf(basis, requests)
  const [first] = steps
  if (first === undefined) throw new Error('no steps')
  return [
    `## ${requests === undefined ? 'Three sizes' : 'Your site'}`,
    stepTable(steps, inputs),
    '## Bottlenecks',
    bottleneckTable(steps, inputs),
    '### Parts of which there is one',
    partTable(steps, inputs),
    '## What the variables move',
    memoryTable(basis, first.needs),
    routingTable(basis, first.needs),
    cdnTable(basis, first.needs),
    budgetTable(basis, first.needs),
    '## Measured costs',
    `[The report](../bench/REPORT.md) of ${machine} has these rows:`,
    costTable(costs),
    '## Assumptions',
    inputTable(inputs),
  ].join('\n\n')
}

function bottleneckTable(steps: readonly Step[], inputs: Inputs): string {
  const rows = steps.map(({ name, needs }) => {
    const busiest = busiestOf(needs)
    const ordered = tightest(needs, inputs)
    const outgrown = ordered.filter(({ used }) => used > 1)
    const next = ordered.find(({ used }) => used <= 1)
    return [
      name,
      `${busiest.name}, ${amountOf(busiest.share * 100)} %: ${busiest.remedy}`,
      outgrown.map(part => `${part.name} **${times(part.used)}**`).join(', ') || 'none',
      next ? `${next.name}, ${amountOf(next.used * 100)} %` : '',
    ]
  })
  const head = ['step', 'most CPU time of the machines, and what moves it', 'outgrown, and how often', 'next']
  return table(head, rows)
}

function partTable(steps: readonly Step[], inputs: Inputs): string {
  const rows = parts.map(({ name, use, remedy }) => [
    name,
    ...steps.map(({ needs }) => `${amountOf(100 * use(needs, inputs))} %`),
    remedy,
  ])
  return table(['', ...steps.map(({ name }) => name), 'when it is not enough'], rows)
}

/** The measured costs with their source. */
export const costTable = (costs: Costs): string =>
  table(
    ['cost', 'figure', 'section of the report'],
    Object.values(costs).map(({ row, value, section }) => [
      row,
      amountOf(value),
      section.split(/[,:]/, 1)[0] ?? '',
    ]),
  )

function inputTable(inputs: Inputs): string {
  const rows = Object.entries(known).map(([name, { meaning }]) => [
    `\`--${name}\``,
    String(inputs[name as keyof Inputs]),
    meaning.replace(/DARKROOM_[A-Z_]+/g, '`$&`'),
  ])
  return table(['option', 'value', 'meaning'], rows)
}

/** Writes the computed part of docs/capacity.md, from the report of the last run and the default assumptions. */
export async function writeCapacity(): Promise<void> {
  const measured = await readReport()
  const model = new Model(defaultInputs, measured.costs)
  const text = computedText({ model, inputs: defaultInputs, ...measured }, undefined)
  const page = await readFile(pageFile, 'utf8')
  const [before, rest = ''] = page.split(begin)
  if (!rest.includes(end)) throw new Error('docs/capacity.md has no place for the computed text')
  await writeFile(pageFile, `${before}${begin}\n\n${text}\n\n${rest.slice(rest.indexOf(end))}`)
}
