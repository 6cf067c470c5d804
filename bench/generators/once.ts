import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fetchOne, forEach, keptConnections } from '../requests.ts'
import { percentile } from '../stats.ts'
import { wrkVersion } from './wrk.ts'

/** Requests that are sent once each, such as those of derivatives that are not cached. */
export interface OnceDemand {
  readonly origin: string
  readonly paths: readonly string[]
  readonly connections: number
}

export interface OnceSupply {
  /** Time from the first request to the last response, in milliseconds. */
  readonly ms: number
  /** The bytes of all bodies. */
  readonly bytes: number
  /** How many responses Darkroom rendered for their request, and how many it read from its store. */
  readonly misses: number
  readonly stores: number
  /** Latency in milliseconds. */
  readonly p50: number
  readonly p99: number
}

/** Timeout of all requests together, in seconds. */
const limitSeconds = 300

/** Requests each path once, with wrk where it is installed. @throws Error if a request failed */
export function requestOnce(demand: OnceDemand): Promise<OnceSupply> {
  return wrkVersion === undefined ? requestByNode(demand) : requestByWrk(demand)
}

async function requestByNode({ origin, paths, connections }: OnceDemand): Promise<OnceSupply> {
  const agent = keptConnections(connections)
  const begun = performance.now()
  const answers = await forEach(paths, connections, path => fetchOne(origin + path, agent))
  const ms = performance.now() - begun
  agent.destroy()
  const countOf = (tier: string) => answers.filter(({ headers }) => headers['darkroom-cache'] === tier).length
  const latencies = answers.map(answer => answer.ms)
  return {
    ms,
    bytes: answers.reduce((sum, { body }) => sum + body.length, 0),
    misses: countOf('miss'),
    stores: countOf('store'),
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
  }
}

async function requestByWrk({ origin, paths, connections }: OnceDemand): Promise<OnceSupply> {
  const folder = await mkdtemp(join(tmpdir(), 'darkroom-wrk-'))
  try {
    const [script, list] = [join(folder, 'once.lua'), join(folder, 'paths')]
    await writeFile(list, `${paths.join('\n')}\n`)
    await writeFile(script, once(list))
    const limits = [`-d${limitSeconds}s`, '--timeout', `${limitSeconds}s`]
    const words = ['-t1', `-c${Math.min(connections, paths.length)}`, ...limits, '-s', script, origin]
    const { ms, output } = await runUntilAnswered(
      spawn('wrk', words, { stdio: ['ignore', 'pipe', 'inherit'] }),
    )
    return { ms, ...reportIn(output, paths.length) }
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** wrk runs for a fixed time unless it is interrupted, so its script prints a line when all requests are answered. */
async function runUntilAnswered(wrk: ChildProcess): Promise<{ ms: number; output: string }> {
  let [output, begun, ended] = ['', Number.NaN, Number.NaN]
  for await (const chunk of wrk.stdout ?? []) {
    output += String(chunk)
    if (Number.isNaN(begun) && output.includes('begun')) begun = performance.now()
    if (Number.isNaN(ended) && output.includes('answered')) {
      ended = performance.now()
      wrk.kill('SIGINT')
    }
  }
  return { ms: ended - begun, output }
}

function reportIn(output: string, count: number): Omit<OnceSupply, 'ms'> {
  const numbers: unknown = JSON.parse(/^report (.+)$/m.exec(output)?.[1] ?? '{}')
  const of = (name: string) => Number(numbers instanceof Object ? Reflect.get(numbers, name) : undefined)
  if (of('right') !== count)
    throw new Error(`only ${of('right')} of ${count} requests were answered with 200`)
  const [bytes, misses, stores] = [of('bytes'), of('misses'), of('stores')]
  return { bytes, misses, stores, p50: of('p50') / 1000, p99: of('p99') / 1000 }
}

/**
 * wrk calls `request` once before the run, to check it. It calls `delay` before each request: the connections that find
 * no request left wait there for the end of the run.
 */
const once = (list: string) => `
local requests, taken, sent, answered = {}, 0, -1, 0
local worker
right, misses, stores, bytes = 0, 0, 0, 0
function setup(thread)
  worker = thread
end
function init()
  for path in io.lines(${JSON.stringify(list)}) do requests[#requests + 1] = wrk.format("GET", path) end
  io.write("begun\\n")
  io.flush()
end
function delay()
  taken = taken + 1
  return taken > #requests and ${limitSeconds}000 or 0
end
function request()
  sent = sent + 1
  return requests[math.max(1, math.min(sent, #requests))]
end
function response(status, headers, body)
  answered = answered + 1
  bytes = bytes + #body
  if status == 200 then right = right + 1 end
  local tier = headers["darkroom-cache"]
  if tier == "miss" then misses = misses + 1 end
  if tier == "store" then stores = stores + 1 end
  if answered == #requests then
    io.write("answered\\n")
    io.flush()
  end
end
function done(summary, latency)
  io.write(string.format('report {"right":%d,"misses":%d,"stores":%d,"bytes":%d,"p50":%d,"p99":%d}\\n',
    worker:get("right"), worker:get("misses"), worker:get("stores"), worker:get("bytes"),
    latency:percentile(50), latency:percentile(99)))
end
`
