import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { forEach, keptConnections, tryOne } from '../requests.ts'
import type { Scenario } from '../scenario.ts'
import type { Service } from '../service.ts'
import { type Settings, targets } from '../settings.ts'
import { percentile } from '../stats.ts'
import type { StormAnswer, StormQuestion } from '../storm-clients.ts'

/** Requests of the storm in flight: more than may wait, so that some are refused. */
const inFlight = 320
/** When a request of the storm comes again that was refused, in milliseconds, on average: sooner than it is told to. */
const againMs = 1_000
/** Derivatives that a storm may ask for in a round: more than can be developed meanwhile. */
const mostOfStorm = 5_000
/** How often the quiet user asks, in milliseconds, and the pause before a round, while what came before it settles. */
const paceMs = 120
const settleMs = 2_000
/** Widths of derivatives in pixels, and their qualities. */
const widths = { from: 300, count: 300 }
const qualities = { from: 60, count: 30 }
/** Of fewer requests the p99 is the worst one, which anything on the machine may have made. */
const telling = 500
/** Requests of the quiet user that are not counted, as the first of a process cost more. */
const warmUps = 10

/** Whoever asks, with signed paths that nobody has asked for yet. */
interface Side {
  readonly service: Service
  readonly paths: Generator<string, void>
}

/** What a round has shown. */
interface Round {
  readonly ms: readonly number[]
  readonly served: number
  readonly refused: number
}

/** A user who asks for one cold derivative at a time, while another one asks for hundreds at once; and while none does. */
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
      'Fair admission: a user who asks for one cold derivative at a time, in the storm of another and alone',
    rows: [
      row('first ms, as the storm breaks', rounds => percentile(rounds.map(firstOf), 0.5)),
      row('median ms', rounds => percentile(allOf(rounds), 0.5)),
      row('p99 ms', p99Of),
      {
        what: 'p99 in the storm over p99 alone',
        darkroom: p99Of(stormy) / p99Of(calm),
        ...(asked >= telling ? { limit: targets.stormRatio } : {}),
      },
    ],
    notes: [
      `baseline: without the storm; ${asked} requests each, p99 of all of them`,
      `the storm: ${inFlight} in flight, ${sum('served')} developed, ${sum('refused')} refused; it shares the machine with both clients`,
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

/** One at a time, at a steady pace. @returns how long each took */
async function askQuietly({ service, paths }: Side, count: number): Promise<number[]> {
  const agent = keptConnections(1)
  const all: number[] = []
  for (let index = 0; index < count; index++) {
    const due = setTimeout(paceMs)
    const answer = await tryOne(service.origin + nextOf(paths), agent)
    if (answer.status !== 200 || answer.headers['darkroom-cache'] !== 'miss')
      throw new Error(`the quiet user was answered ${answer.status}, not with a development`)
    all.push(answer.ms)
    await due
  }
  agent.destroy()
  return all
}

/** The quiet user's requests while the storm blows, from when it has filled the queue. */
async function inStorm(quiet: Side, loud: Side, { stormRequests }: Settings): Promise<Round> {
  const clients = new Worker(new URL('../storm-clients.js', import.meta.url))
  const answer = async (): Promise<StormAnswer> => (await once(clients, 'message'))[0]
  try {
    const urls = Array.from({ length: mostOfStorm }, () => loud.service.origin + nextOf(loud.paths))
    const full = answer()
    clients.postMessage({ urls, inFlight, againMs } satisfies StormQuestion)
    await full
    const over = answer()
    // how it fails is heard when it has to have ended
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
  if (next.done) throw new Error('there are no more derivatives that nobody has asked for')
  return next.value
}
