import type { Round } from './load.ts'
import type { Row } from './scenario.ts'
import { medians, type Pair, ratios } from './stats.ts'

/** Headers that `node:http` adds, or that follow from the file. */
const added = ['date', 'connection', 'keep-alive', 'content-length', 'transfer-encoding']

/** The service's own headers, which the bare server sends as well. */
export function sentHeaders(headers: NodeJS.Dict<string | string[]>): Record<string, string> {
  const own = Object.entries(headers).filter(([name]) => !added.includes(name))
  return Object.fromEntries(own.map(([name, value]) => [name, String(value)]))
}

/** The report's rows of a scenario under load. */
export function hitRows(pairs: readonly Pair<Round>[], target?: number): Row[] {
  return [
    {
      what: 'requests/s',
      ...medians(pairs, round => round.perSecond),
      ratios: ratios(pairs, round => round.perSecond),
      ...(target === undefined ? {} : { target }),
    },
    { what: 'p50 ms', ...medians(pairs, round => round.p50) },
    { what: 'p99 ms', ...medians(pairs, round => round.p99) },
    {
      what: 'server CPU µs/request',
      ...medians(pairs, round => round.cpuMicros),
      ratios: ratios(pairs, round => round.cpuMicros),
    },
  ]
}

/** How busy the servers were. Below about 0.9 of a core, the load generator or the machine was the bottleneck. */
export function loadNotes(pairs: readonly Pair<Round>[]): string[] {
  const busy = medians(pairs, round => (round.cpuMicros * round.perSecond) / 1e6)
  const cores = (value: number) => value.toFixed(2)
  return [`servers used ${cores(busy.darkroom)} and ${cores(busy.baseline)} cores`]
}
