/**
 * `npm run capacity`: computes what a site needs and costs, from the costs in bench/REPORT.md and a simulation of its
 * caches. docs/capacity.md explains it.
 *
 *   --requests N     your own site, with so many million requests a day, instead of three sizes
 *   --<assumption> N any assumption of docs/capacity.md, such as --gb-out 0.01
 *   --report         write docs/capacity.md, with the default assumptions
 */
import { readReport } from './costs.ts'
import { readCommand } from './options.ts'
import { computedText, writeCapacity } from './page.ts'
import { Model } from './sizing.ts'

try {
  const { inputs, requests, report } = readCommand(process.argv.slice(2))
  if (report) await writeCapacity()
  else {
    const measured = await readReport()
    console.log(computedText({ model: new Model(inputs, measured.costs), inputs, ...measured }, requests))
  }
} catch (error) {
  process.exitCode = 1
  console.error(error instanceof Error ? error.message : error)
}
