/**
 * `npm run bench`: what the service costs beside the bare parts that it is made of. Each scenario starts the real
 * service as a process of its own (data in a temporary folder, free ports) and a baseline process that does the least
 * that could be done: `node:http` that sends the same bytes with the same headers, or the same sharp calls in a loop.
 * Both run with the same thread pool and allocator settings, in turn, A B A B, and what counts is the median of the
 * ratios pair by pair: absolute figures depend on the machine and on what else it does. CPU times come from /proc.
 *
 *   --quick          less than a minute, for a look on every change
 *   --check          exit code 1 when a figure misses its target (settings.ts)
 *   --only NAME      one scenario: memory-hits, store-hits, cold, coalescing, jobs,
 *                    storm, operations, dashboard
 *   --photos DIR     real photographs instead of drawn pictures
 *   --json FILE      the figures as JSON, too
 *   --profile DIR    leaves a CPU profile of each service process there
 */
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { describeMachine } from './machine.ts'
import { demandOf, machineLine, missed, outcomeTable } from './report.ts'
import type { Outcome, Scenario } from './scenario.ts'
import { coalescing } from './scenarios/coalescing.ts'
import { cold } from './scenarios/cold.ts'
import { dashboard } from './scenarios/dashboard.ts'
import { jobs } from './scenarios/jobs.ts'
import { memoryHits } from './scenarios/memory-hits.ts'
import { operations } from './scenarios/operations.ts'
import { storeHits } from './scenarios/store-hits.ts'
import { storm } from './scenarios/storm.ts'
import { full, quick, type Settings } from './settings.ts'
import { Workspace } from './workspace.ts'

const scenarios: Readonly<Record<string, Scenario>> = {
  'memory-hits': memoryHits,
  'store-hits': storeHits,
  cold,
  coalescing,
  jobs,
  storm,
  operations,
  dashboard,
}

const { values: wanted } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    only: { type: 'string' },
    photos: { type: 'string' },
    json: { type: 'string' },
    profile: { type: 'string' },
  },
})

/** Runs the scenarios one after the other; one that cannot run does not keep the others from running. */
async function runAll(workspace: Workspace, settings: Settings): Promise<Outcome[]> {
  const chosen = Object.entries(scenarios).filter(([name]) => (wanted.only ?? name) === name)
  if (chosen.length === 0) throw new Error(`--only: expected ${Object.keys(scenarios).join(', ')}`)
  await workspace.prepare(settings.pictures, wanted.photos)
  const outcomes: Outcome[] = []
  for (const [name, scenario] of chosen) {
    try {
      const outcome = await scenario(workspace, settings)
      outcomes.push(outcome)
      console.log(outcomeTable(outcome))
    } catch (error) {
      if (ending) return outcomes
      process.exitCode = 1
      console.error(`${name} could not run:`, error)
      await workspace.stopAll()
    }
  }
  return outcomes
}

const settings = wanted.quick ? quick : full
let ending = false
const workspace = await Workspace.create(wanted.profile)

/** Ends what was started, then the run. */
async function giveUp(reason: string, exitCode: number): Promise<void> {
  ending = true
  console.error(reason)
  await workspace.close()
  process.exit(exitCode)
}
process.once('SIGINT', () => giveUp('interrupted', 130))
process.once('SIGTERM', () => giveUp('interrupted', 143))
setTimeout(() => giveUp('this takes too long', 1), settings.limitSeconds * 1000).unref()

try {
  const machine = describeMachine()
  console.log(`Darkroom bench, ${machineLine(machine)}\n`)
  const outcomes = await runAll(workspace, settings)
  if (wanted.json !== undefined) {
    await writeFile(wanted.json, `${JSON.stringify({ machine, settings, outcomes }, undefined, 2)}\n`)
  }
  for (const row of wanted.check ? missed(outcomes) : []) {
    process.exitCode = 1
    console.error(`${row.what}: should be ${demandOf(row)}`)
  }
} catch (error) {
  process.exitCode = 1
  if (!ending) console.error(error instanceof Error ? error.message : error)
} finally {
  await workspace.close()
}
