/**
 * `npm run bench`: compares the service with the bare libraries that it is built on. Each scenario starts the real
 * service in its own process (data in a temporary folder, free ports) and a baseline process that does the least
 * possible work: `node:http` sends the same bytes with the same headers, or a loop runs the same sharp calls.
 * Both have the same thread pool and allocator settings and run alternately, A B A B. The result is the median of the
 * ratios of all pairs, as absolute figures depend on the machine and its other load. CPU times come from /proc.
 *
 *   --quick          less than a minute, for use after every change
 *   --check          exit with code 1 if a figure misses its target (settings.ts)
 *   --only NAME      one scenario: memory-hits, long-tail-hits, store-hits, s3-hits, cold, large, ingest, burst,
 *                    mix, coalescing, jobs, storm, operations, finals, dashboard, capacity, or leaks or metadata, which run only when they are named
 *   --minutes N      duration of the scenario leaks in minutes (default: 10)
 *   --size N         share of a site with 2.0 M images that the scenario metadata fills (default: 0.05)
 *   --folder DIR     keep the filled site of the scenario metadata in this folder, and use it again in the next run
 *   --match REGEX    only those operations of the scenario metadata whose names match
 *   --report         write bench/REPORT.md, docs/capacity.md and the measured line of README.md; runs all scenarios
 *   --photos DIR     real photographs instead of drawn images
 *   --json FILE      also write the figures as JSON
 *   --profile DIR    write a CPU profile of each service process
 */
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { writeCapacity } from './capacity/page.ts'
import { describeMachine } from './machine.ts'
import { demandOf, machineLine, missed, outcomeTable } from './report.ts'
import type { NamedOutcome, Scenario } from './scenario.ts'
import { burst } from './scenarios/burst.ts'
import { capacity } from './scenarios/capacity.ts'
import { coalescing } from './scenarios/coalescing.ts'
import { cold } from './scenarios/cold.ts'
import { dashboard } from './scenarios/dashboard.ts'
import { finals } from './scenarios/finals.ts'
import { ingest } from './scenarios/ingest.ts'
import { jobs } from './scenarios/jobs.ts'
import { large } from './scenarios/large.ts'
import { leaks } from './scenarios/leaks.ts'
import { longTailHits } from './scenarios/long-tail-hits.ts'
import { memoryHits } from './scenarios/memory-hits.ts'
import { metadata } from './scenarios/metadata.ts'
import { mix } from './scenarios/mix.ts'
import { operations } from './scenarios/operations.ts'
import { s3Hits } from './scenarios/s3-hits.ts'
import { storeHits } from './scenarios/store-hits.ts'
import { storm } from './scenarios/storm.ts'
import { full, quick, type Settings } from './settings.ts'
import { Workspace } from './workspace.ts'
import { writeReport } from './write-report.ts'

const scenarios: Readonly<Record<string, Scenario>> = {
  'memory-hits': memoryHits,
  'long-tail-hits': longTailHits,
  'store-hits': storeHits,
  's3-hits': s3Hits,
  cold,
  large,
  ingest,
  burst,
  mix,
  coalescing,
  jobs,
  storm,
  operations,
  finals,
  dashboard,
  capacity,
  leaks,
  metadata,
}
/** Scenarios that take too long to run with the others. */
const onlyWhenNamed = ['leaks', 'metadata']

const { values: wanted, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    only: { type: 'string' },
    minutes: { type: 'string' },
    size: { type: 'string' },
    folder: { type: 'string' },
    match: { type: 'string' },
    photos: { type: 'string' },
    json: { type: 'string' },
    profile: { type: 'string' },
    report: { type: 'boolean', default: false },
  },
})

/** Runs the scenarios one after the other; a failed scenario does not stop the others. */
async function runAll(workspace: Workspace, settings: Settings): Promise<NamedOutcome[]> {
  const named = wanted.only ?? positionals[0]
  const chosen = Object.entries(scenarios).filter(([name]) =>
    named === undefined ? !onlyWhenNamed.includes(name) : name === named,
  )
  if (wanted.report && named !== undefined) throw new Error('--report: needs all scenarios, without --only')
  if (chosen.length === 0) throw new Error(`--only: expected ${Object.keys(scenarios).join(', ')}`)
  await workspace.prepare(settings.pictures, wanted.photos)
  const outcomes: NamedOutcome[] = []
  for (const [name, scenario] of chosen) {
    try {
      const outcome = await scenario(workspace, settings)
      outcomes.push({ name, ...outcome })
      console.log(outcomeTable(outcome))
    } catch (error) {
      if (ending) return outcomes
      process.exitCode = 1
      console.error(`${name} failed:`, error)
      await workspace.stopAll()
    }
  }
  return outcomes
}

/** The time for a whole large site, in seconds. */
const fillSeconds = 10_800

const settings = { ...settingsOf(wanted), match: wanted.match ?? '' }

function settingsOf({ quick: isQuick, minutes, size }: { quick: boolean; minutes?: string; size?: string }) {
  const chosen = isQuick ? quick : full
  const leakMinutes = positive('--minutes', minutes) ?? chosen.leakMinutes
  const share = positive('--size', size) ?? chosen.size
  const more = (minutes === undefined ? 0 : leakMinutes * 60) + (size === undefined ? 0 : share * fillSeconds)
  return { ...chosen, leakMinutes, size: share, limitSeconds: chosen.limitSeconds + more }
}

function positive(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (!(value > 0)) throw new Error(`${option}: must be a number above 0`)
  return value
}

let ending = false
const workspace = await Workspace.create(wanted.profile, wanted.folder)

/** Stops all processes, then exits. */
async function giveUp(reason: string, exitCode: number): Promise<void> {
  ending = true
  console.error(reason)
  await workspace.close()
  process.exit(exitCode)
}
process.once('SIGINT', () => giveUp('interrupted', 130))
process.once('SIGTERM', () => giveUp('interrupted', 143))
setTimeout(() => giveUp('the run timed out', 1), settings.limitSeconds * 1000).unref()

try {
  const machine = describeMachine()
  console.log(`Darkroom bench, ${machineLine(machine)}\n`)
  const outcomes = await runAll(workspace, settings)
  if (wanted.json !== undefined) {
    await writeFile(wanted.json, `${JSON.stringify({ machine, settings, outcomes }, undefined, 2)}\n`)
  }
  if (wanted.report) {
    await writeReport(machine, settings, outcomes)
    await writeCapacity()
  }
  for (const row of wanted.check ? missed(outcomes) : []) {
    process.exitCode = 1
    console.error(`${row.what}: expected ${demandOf(row)}`)
  }
} catch (error) {
  process.exitCode = 1
  if (!ending) console.error(error instanceof Error ? error.message : error)
} finally {
  await workspace.close()
}
