/**
 * `npm run bench:hostile`: uploads files that cost a decoder much time or memory, and prints for each of them how the
 * service answers, what it costs, and how long uploads of another user take in the meantime. Works on Linux only.
 *
 *   --only WORD      the attacks whose name contains the word (bench/attacks.ts)
 *   --at-once N      users who attack at the same time (1)
 *   --leave MS       the client disconnects after this time
 */
import { openAsBlob } from 'node:fs'
import { parseArgs } from 'node:util'
import { attacks } from './attacks.ts'
import { type HostileRun, runHostile } from './hostile-runs.ts'
import { Workspace } from './workspace.ts'

const { values: wanted } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    'at-once': { type: 'string', default: '1' },
    leave: { type: 'string' },
  },
})

const widths = [34, 8, 24, 8, 8, 9, 16] as const
const line = (cells: readonly string[]) =>
  cells
    .map((cell, at) => (at === 0 || at === 2 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
    .join(' ')

function rowOf(name: string, bytes: number, { answer, ms, cpuMs, peakBytes, others }: HostileRun): string {
  const seconds = (value: number) => (value / 1000).toFixed(1)
  return line([
    name,
    `${Math.ceil(bytes / 1000)} kB`,
    ` ${answer.status} ${answer.code}`,
    `${seconds(ms)} s`,
    `${seconds(cpuMs)} s`,
    `${Math.round(peakBytes / 2 ** 20)} MB`,
    `${Math.round(others.median)} / ${Math.round(others.slowest)} ms`,
  ])
}

async function run(workspace: Workspace): Promise<void> {
  const service = await workspace.startService()
  const attackers = []
  for (let user = 1; user <= Number(wanted['at-once']); user++)
    attackers.push(await service.join(`attacker-${user}@darkroom.local`))
  const small = await openAsBlob(await workspace.drawTiny())
  const sides = { attackers, other: await service.join('other@darkroom.local'), small }
  // warm-up: these uploads start what the service starts on demand only, such as a process for inspections
  for (let count = 0; count < 3; count++) await sides.other.tryUpload(small)
  console.log(line(['attack', 'size', ' answer', 'after', 'CPU', 'memory', 'other uploads']))
  const chosen = Object.entries(attacks).filter(([name]) => name.includes(wanted.only))
  const leaveMs = wanted.leave === undefined ? undefined : Number(wanted.leave)
  for (const [name, prepare] of chosen) {
    const attack = await prepare()
    console.log(rowOf(name, attack.bytes, await runHostile(sides, attack, leaveMs)))
  }
}

const workspace = await Workspace.create(undefined, undefined)
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => workspace.close().then(() => process.exit(1)))
try {
  await run(workspace)
} finally {
  await workspace.close()
}
