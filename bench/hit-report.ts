import type { Round } from './load.ts'
import type { Row } from './scenario.ts'
import type { HitTargets } from './settings.ts'
import { medians, type Pair, ratios } from './stats.ts'

/** Headers that `node:http` adds, or that follow from the file. */
const added = ['date', 'connection', 'keep-alive', 'content-length', 'transfer-encoding']

/** The service's own headers, which the bare server sends as well. */
export function sentHeaders(headers: NodeJS.Dict<string | string[]>): Record<string, string> {
  const own = Object.entries(headers).filter(([name]) => !added.includes(name))
  return Object.fromEntries(own.map(([name, value]) => [name, String(value)]))
}

/** Below this number of cores, the baseline was waiting for requests or for the processor. */
const leastCores = 0.95

/** The report's rows of a scenario under load. The first one counts most: a slow client cannot change it. */
export function hitRows(pairs: readonly Pair<Round>[], { cpu, throughput, p99 }: HitTargets): Row[] {
  const clientBound = coresOf(pairs).baseline < leastCores
  const row = (what: string, of: (round: Round) => number) => ({
    what,
    ...medians(pairs, of),
    ratios: ratios(pairs, of),
  })
  return [
    { ...row('server CPU µs/request', round => round.cpuMicros), ceiling: cpu },
    { ...row('requests/s', round => round.perSecond), target: throughput, clientBound },
    { ...row('p50 ms', round => round.p50), clientBound },
    { ...row('p99 ms', round => round.p99), ceiling: p99, clientBound },
    { what: 'cores that the server used', ...coresOf(pairs) },
  ]
}

const coresOf = (pairs: readonly Pair<Round>[]) => medians(pairs, round => round.cores)
