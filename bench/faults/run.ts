/**
 * `npm run test:faults`: causes faults in a whole installation under steady load, and prints what became of it. Exits with 1
 * when bytes were wrong, when acknowledged work was lost, when anything was left over, or when the service did not recover.
 *
 *   --only WORDS     the faults whose names contain one of the words, separated by commas (bench/faults/all/)
 *   --seconds N      how long each fault lasts (10)
 *   --share N        the share of the usual rate of requests, 1 is about 95 a second
 *   --keep FOLDER    keeps the logs of all processes in this new folder
 *   --report         writes the table into docs/reliability.md
 */
import { chmod, mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { openDatabase } from '../../service/metadata/database.ts'
import { createLogger } from '../../service/telemetry/logger.ts'
import { type Fault, loadFaults } from './fault.ts'
import { Account } from './load/account.ts'
import { AnswerCheck } from './load/answer-check.ts'
import { prepareImages } from './load/images.ts'
import type { Load } from './load/kinds.ts'
import { Ledger } from './load/ledger.ts'
import { Client } from './load/request.ts'
import { RequestLog } from './load/request-log.ts'
import { Traffic } from './load/traffic.ts'
import { type System, startSystem } from './system.ts'
import { isGood, tableOf, writeTable } from './table.ts'
import { type Outcome, runTrial } from './trial.ts'

const { values: wanted } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    seconds: { type: 'string', default: '10' },
    share: { type: 'string', default: '1' },
    keep: { type: 'string' },
    report: { type: 'boolean', default: false },
  },
})
const seconds = Number(wanted.seconds)

async function chooseFaults(skipped: string[]): Promise<Fault[]> {
  const words = wanted.only.split(',')
  const faults = [...(await loadFaults()).values()].filter(({ name }) =>
    words.some(word => name.includes(word)),
  )
  if (faults.length === 0) throw new Error(`no fault has ${wanted.only} in its name`)
  const possible: Fault[] = []
  for (const fault of faults) {
    const obstacle = await fault.findObstacle?.()
    if (obstacle === undefined) possible.push(fault)
    else skipped.push(`${fault.name}: ${obstacle}`)
  }
  for (const reason of skipped) console.log(`skipped ${reason}`)
  return possible
}

async function openLoad(system: System): Promise<Load> {
  const account = await Account.create(system, 'load@example.com')
  const client = new Client(system.nginx.port)
  const images = await prepareImages(account, client)
  const [ledger, log, answers] = [new Ledger(), new RequestLog(), new AnswerCheck()]
  return { system, account, client, images, ledger, log, answers }
}

const since = (ms: number) => `${(ms / 1000).toFixed(1)} s after the fault began`

function print(outcome: Outcome): void {
  const { mistakes, losses, garbage, problems, outage, begun } = outcome
  console.log(`\n${isGood(outcome) ? 'ok    ' : 'FAILED'} ${outcome.name}`)
  console.log(tableOf([outcome]))
  for (const [kind, counts] of Object.entries(outcome.byResult))
    console.log(`  ${kind}: ${JSON.stringify(counts)}`)
  console.log(
    `  longest outage: ${outage.kind} ${outage.subject.split('?')[0]} from ${since(outage.since - begun)}`,
  )
  for (const line of [...mistakes, ...losses, ...problems].slice(0, 20)) console.log(`  ${line}`)
  if (Object.keys(garbage).length > 0) console.log(`  left over: ${JSON.stringify(garbage)}`)
}

async function main(signal: AbortSignal): Promise<boolean> {
  const skipped: string[] = []
  const faults = await chooseFaults(skipped)
  const folder = wanted.keep === undefined ? undefined : resolve(wanted.keep)
  if (folder) await mkdir(folder, { recursive: true }).then(() => chmod(folder, 0o711))
  const system = await startSystem(folder)
  const database = openDatabase({
    url: system.postgres.url,
    logger: createLogger('silent'),
    maxConnections: 1,
  })
  const outcomes: Outcome[] = []
  try {
    const load = await openLoad(system)
    const traffic = new Traffic(load)
    for (const fault of faults) {
      signal.throwIfAborted()
      const outcome = await runTrial(
        { load, traffic, database, seconds, share: Number(wanted.share), signal },
        fault,
      )
      print(outcome)
      outcomes.push(outcome)
    }
    load.client.close()
  } finally {
    await database.close().catch(() => {})
    await system.stop()
  }
  console.log(`\n${tableOf(outcomes)}`)
  if (wanted.report) await writeTable(outcomes, skipped, seconds)
  return outcomes.every(isGood)
}

const interrupted = new AbortController()
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(name, () => interrupted.abort(new Error(`the run was ended by ${name}`)))
process.exitCode = (await main(interrupted.signal)) ? 0 : 1
