import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { forEach, keptConnections, tryOne } from '../requests.ts'
import type { Scenario } from '../scenario.ts'
import type { Service } from '../service.ts'
import { type Settings, targets } from '../settings.ts'
import { percentile } from '../stats.ts'
import type { StormAnswer, StormQuestion } from '../storm-clients.ts'

/** The storm's requests in flight: more than the queue's limit, so that some are rejected. */
const inFlight = 320
/** Average delay before a rejected request is retried, in milliseconds: shorter than `Retry-After`. */
const againMs = 1_000
/** Maximum number of derivatives of a storm in one round: more than can be rendered in that time. */
const mostOfStorm = 5_000
/** The minimum time between the starts of two requests of the quiet user, in milliseconds. */
const paceMs = 120
/** The pause before each pair of rounds, in milliseconds. Earlier work ends in this time. */
const settleMs = 2_000
/** Widths of derivatives in pixels, and their qualities. */
const widths = { from: 300, count: 300 }
const qualities = { from: 60, count: 30 }
/**
 * Minimum number of requests for which the ratio of the p99s is checked against its limit: with few requests, the p99
 * is one of the very slowest, which may be outliers.
 */
const minRequestsForLimit = 500
/** The quiet user's requests that do not count, because the first requests of a process are slower. */
const warmUps = 10

/** A user's session with signed paths of derivatives that are not cached. */
interface Side {
  readonly service: Service
  readonly paths: Generator<string, void>
}

/** Results of one round. */
interface Round {
  readonly ms: readonly number[]
  readonly served: number
  readonly refused: number
}

/** One user requests one cold derivative at a time, while another user sends hundreds of requests, or none. */
export const storm: Scenario = async (workspace, settings) => {
  const service = await workspace.startService()
  const quiet = await sideOf(await service.join('quiet@darkroom.local'), workspace.pictures)
  const loud = await sideOf(await service.join('storm@darkroom.local'), workspace.pictures)
  await askQuietly(quiet, warmUps)
  const calm: Round[] = []
  const stormy: Round[] = []
  for (let pair = 0; pair < settings.stormPairs; pair++) {
    await setTimeout(settleMs)
    calm.push({ ms: await askQuietly(quiet, settings.stormRequests), served: 0, refused: 0 })
    stormy.push(await inStorm(quiet, loud, settings))
  }
  await service.stop()
  return outcomeOf(calm, stormy)
}

function outcomeOf(calm: readonly Round[], stormy: readonly Round[]) {
  const row = (what: string, of: (rounds: readonly Round[]) => number) => {
    const [darkroom, baseline] = [of(stormy), of(calm)]
    const pairs = stormy.map((round, index) => of([round]) / of(calm.slice(index, index + 1)))
    return { what, darkroom, baseline, ratios: pairs }
  }
  const asked = stormy.reduce((total, { ms }) => total + ms.length, 0)
  const sum = (name: 'served' | 'refused') => stormy.reduce((total, round) => total + round[name], 0)
  return {
    title:
      'Fair admission: one cold derivative at a time, with and without a storm of requests from another user',
    rows: [
      row('first request in ms, once the queue is full', rounds => percentile(rounds.map(firstOf), 0.5)),
      row('median ms', rounds => percentile(allOf(rounds), 0.5)),
      row('p99 ms', p99Of),
      {
        what: 'p99 with the storm divided by p99 without',
        darkroom: p99Of(stormy) / p99Of(calm),
        ...(asked >= minRequestsForLimit ? { limit: targets.stormRatio } : {}),
      },
    ],
    notes: [
      `baseline: without the storm; ${asked} requests with and ${asked} without, p99 over all rounds`,
      `the storm: ${inFlight} in flight, ${sum('served')} rendered, ${sum('refused')} rejected; both clients share the machine`,
    ],
  }
}

const firstOf = ({ ms: [first = 0] }: Round) => first
const allOf = (rounds: readonly Round[]) => rounds.flatMap(({ ms }) => ms)
const p99Of = (rounds: readonly Round[]) => percentile(allOf(rounds), 0.99)

async function sideOf(service: Service, pictures: readonly string[]): Promise<Side> {
  const imageIds = await service.upload(pictures)
  const signed = await forEach(imageIds, 1, id => service.signAny(id))
  return { service, paths: pathsOf(signed) }
}

function* pathsOf(signed: readonly ((width: number, quality: number) => string)[]) {
  for (let quality = qualities.from; quality < qualities.from + qualities.count; quality++)
    for (let width = widths.from; width < widths.from + widths.count; width++)
      for (const path of signed) yield path(width, quality)
}

/** Sends one request at a time, at a steady pace. @returns the duration of each request */
async function askQuietly({ service, paths }: Side, count: number): Promise<number[]> {
  const agent = keptConnections(1)
  const all: number[] = []
  for (let index = 0; index < count; index++) {
    const due = setTimeout(paceMs)
    const answer = await tryOne(service.origin + nextOf(paths), agent)
    if (answer.status !== 200 || answer.headers['darkroom-cache'] !== 'miss')
      throw new Error(`the quiet user got status ${answer.status}, expected a cache miss with 200`)
    all.push(answer.ms)
    await due
  }
  agent.destroy()
  return all
}

/** Sends the quiet user's requests during the storm, starting when the storm has filled the queue. */
async function inStorm(quiet: Side, loud: Side, { stormRequests }: Settings): Promise<Round> {
  const clients = new Worker(new URL('../storm-clients.js', import.meta.url))
  const answer = async (): Promise<StormAnswer> => (await once(clients, 'message'))[0]
  try {
    const urls = Array.from({ length: mostOfStorm }, () => loud.service.origin + nextOf(loud.paths))
    const full = answer()
    clients.postMessage({ urls, inFlight, againMs } satisfies StormQuestion)
    await full
    const over = answer()
    // if the worker fails, `await over` below throws; until then the promise must not count as unhandled
    over.catch(() => {})
    const ms = await askQuietly(quiet, stormRequests)
    clients.postMessage('enough')
    return { ms, ...(await over) }
  } finally {
    await clients.terminate()
  }
}

function nextOf(paths: Side['paths']): string {
  const next = paths.next()
  if (next.done) throw new Error('no uncached derivatives left')
  return next.value
}
