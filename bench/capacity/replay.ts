import { type Answer, fetchOne, forEach, keptConnections } from '../requests.ts'
import type { Service } from '../service.ts'
import { simulate } from './simulate.ts'
import { drawTrace, type Site } from './site.ts'
import type { Trace, Variant } from './trace.ts'

/** The smallest memory tier that the service takes, in MiB and in bytes. */
const memoryMb = 1
const memoryBytes = memoryMb * 1024 * 1024
export const replayTerms = { DARKROOM_MEMORY_CACHE_MB: String(memoryMb) }

/** How many requests the service answers at the same time. */
const connections = 4
/** The derivatives of each image of the trace. */
export const perImage = 12

/** The share of requests of each tier, in per cent. */
export interface Shares {
  readonly memory: number
  readonly store: number
  readonly miss: number
}

/** A small site: its derivatives take about three times the memory tier, and a part of them was never rendered. */
const smallSite = (requests: number): Site => ({
  requestsPerDay: requests,
  users: 2,
  images: 24,
  newImagesPerDay: 8,
  derivativesPerImage: perImage,
  derivativeKb: 10,
  originalMb: 0.1,
  expensiveShare: 0,
  userExponent: 0.5,
  imageExponent: 0.8,
  derivativeExponent: 1,
  freshShare: 0.2,
  freshDays: 1,
  peak: 1.8,
})

/** The trace that is replayed, and the number of images that it requests. */
export function drawReplay(requests: number): { trace: Trace; images: number } {
  const site = smallSite(requests)
  const trace = drawTrace(site, 1)
  // some of what a year has rendered was purged, so that all three tiers answer
  const stored = trace.stored.filter(({ key }) => key % 3 !== 0)
  return { trace: { ...trace, stored }, images: site.images + site.newImagesPerDay }
}

/** The width of a derivative of the trace, in pixels. */
const widthOf = (key: number) => 60 + 20 * (key % perImage)

/** Builds the path of a derivative of the trace. */
export type PathOf = (key: number) => string

/** Signs one policy for each image. With another time to expire, the paths of the same derivatives differ. */
export async function signImages(
  service: Service,
  ids: readonly string[],
  expiresIn?: number,
): Promise<PathOf> {
  const signed = await forEach(ids, 4, id => service.signAny(id, expiresIn))
  return key => signed[Math.floor(key / perImage)]?.(widthOf(key), 80) ?? ''
}

/** Requests derivatives, a few at the same time. */
export async function requestKeys(
  service: Service,
  keys: readonly number[],
  pathOf: PathOf,
): Promise<Answer[]> {
  const agent = keptConnections(connections)
  try {
    return await forEach(keys, connections, key => fetchOne(service.origin + pathOf(key), agent))
  } finally {
    agent.destroy()
  }
}

/** Replays a trace. The service has the derivatives that the trace says are stored, and none in memory. */
export async function replay(
  service: Service,
  trace: Trace,
  pathOf: PathOf,
): Promise<{ measured: Shares; simulated: Shares }> {
  const keys = trace.requests.map(({ key }) => key)
  const answers = await requestKeys(service, keys, pathOf)
  const bytes = new Map(keys.map((key, index) => [key, answers[index]?.body.length ?? 0]))
  const tiers = answers.map(({ headers }) => String(headers['darkroom-cache']))
  const of = (...names: string[]) => percent(tiers.filter(tier => names.includes(tier)).length, tiers.length)
  return {
    // a request that joined a rendering came between the miss and the hits from memory
    measured: { memory: of('memory', 'shared'), store: of('store'), miss: of('miss') },
    simulated: simulatedShares(trace, bytes),
  }
}

/** Simulates the trace with the sizes that the derivatives really have. */
function simulatedShares({ requests, stored }: Trace, bytes: ReadonlyMap<number, number>): Shares {
  const sized = <V extends Variant>(variants: readonly V[]) =>
    variants.map(variant => ({ ...variant, bytes: bytes.get(variant.key) ?? variant.bytes }))
  const counts = simulate(
    { requests: sized(requests), stored: sized(stored) },
    {
      processes: 1,
      memoryBytes,
      routing: 'hash',
      finalRequests: 2,
      // all derivatives are final at once
      finalShare: 1,
      scale: 1,
      warmUpSeconds: 0,
    },
  )
  const { memory, shared, store, rendered, standins, origin } = counts
  return {
    memory: percent(memory + shared, origin),
    store: percent(store, origin),
    miss: percent(rendered + standins, origin),
  }
}

const percent = (part: number, whole: number) => (100 * part) / whole
