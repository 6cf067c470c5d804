// wrk, a load generator in C. It needs about 5 µs of CPU time for a request, a quarter of what node:http needs to answer it.
import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Demand, Supply } from './generator.ts'

const run = promisify(execFile)

/** Extra time for connections to be opened and closed, in milliseconds. */
const spareMs = 60_000

/** Such as `wrk 4.1.0`; undefined if it is not installed. */
export const wrkVersion = /^wrk (?:\S*\/)?([\d.]+)/.exec(
  spawnSync('wrk', ['-v']).stdout?.toString() ?? '',
)?.[0]

/** Loads a server with wrk, in one thread. A rate cannot be given: wrk always sends as fast as it can. */
export async function loadByWrk({ origin, connections, seconds, paths }: Demand): Promise<Supply> {
  const folder = await mkdtemp(join(tmpdir(), 'darkroom-wrk-'))
  try {
    const [script, list] = [join(folder, 'load.lua'), join(folder, 'paths')]
    await writeFile(list, `${paths.join('\n')}\n`)
    await writeFile(script, `${paths.length > 1 ? inTurn(list) : ''}${report}`)
    const words = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '30s', '-s', script]
    const options = { timeout: seconds * 1000 + spareMs }
    const { stdout } = await run('wrk', [...words, origin + (paths[0] ?? '/')], options)
    return supplyOf(stdout)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Without these functions, wrk sends one prepared request again and again. */
const inTurn = (list: string) => `
local requests, last = {}, 0
function init()
  for path in io.lines(${JSON.stringify(list)}) do requests[#requests + 1] = wrk.format("GET", path) end
end
function request()
  last = last % #requests + 1
  return requests[last]
end
`

/** wrk counts times in microseconds. */
const report = `
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('report {"requests":%d,"micros":%d,"p50":%d,"p99":%d,"broken":%d,"refused":%d}\\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.timeout, errors.status))
end
`

function supplyOf(output: string): Supply {
  const numbers: unknown = JSON.parse(/^report (.+)$/m.exec(output)?.[1] ?? '{}')
  const of = (name: string) => Number(numbers instanceof Object ? Reflect.get(numbers, name) : undefined)
  const [broken, refused] = [of('broken'), of('refused')]
  if (broken !== 0 || refused !== 0) {
    throw new Error(`${broken} requests failed, ${refused} responses had a status of 400 or above`)
  }
  return {
    requests: of('requests'),
    seconds: of('micros') / 1e6,
    p50: of('p50') / 1000,
    p99: of('p99') / 1000,
  }
}
