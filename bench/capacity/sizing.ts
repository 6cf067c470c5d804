import type { Costs } from './costs.ts'
import type { Inputs } from './options.ts'
import { type Result, simulate, type Terms } from './simulate.ts'
import { drawTrace, type Site } from './site.ts'
import { secondsOfDay, type Trace } from './trace.ts'
import { zipfShares } from './zipf.ts'

const mebibyte = 1024 * 1024
const million = 1e6
export const daysOfMonth = 30
const hoursOfMonth = daysOfMonth * 24

/** About how many requests a day are simulated: those of some users of the site, with their part of all caches. */
const modelRequests = 100_000

/** The site of the inputs, with so many requests a day. */
export function siteOf(inputs: Inputs, requestsPerDay: number): Site {
  const millions = requestsPerDay / million
  return {
    requestsPerDay,
    users: inputs.users * millions,
    images: inputs.images * millions,
    newImagesPerDay: inputs['new-images'] * millions,
    derivativesPerImage: inputs.derivatives,
    derivativeKb: inputs['derivative-kb'],
    originalMb: inputs['original-mb'],
    expensiveShare: inputs['avif-share'],
    userExponent: inputs['user-exponent'],
    imageExponent: inputs['image-exponent'],
    derivativeExponent: inputs['derivative-exponent'],
    freshShare: inputs['fresh-share'],
    freshDays: inputs['fresh-days'],
    peak: inputs.peak,
  }
}

/** What a deployment has for a site. */
export interface Deployment {
  readonly site: Site
  /** The memory tiers of all http processes together, in MiB. */
  readonly memoryMb: number
  readonly processes: number
  /** `hash` by default. */
  readonly routing?: 'hash' | 'random'
  readonly hasCdn: boolean
  /** Whether the store is a bucket. Otherwise it is a folder. */
  readonly hasBucket: boolean
  readonly cdnHours?: number
  readonly storeGb?: number
}

/**
 * Simulates a day of some users, and returns the counts of a day of the site: a larger site has more users of the same
 * kinds. Caches are shared by all users, so those of the model have the same share of the memory.
 */
export class Model {
  /** The share of the requests that the largest user of the model has. */
  readonly largestShare: number
  readonly requests: number
  readonly #inputs: Inputs
  readonly #finalShare: number
  readonly #trace: Trace
  readonly #results = new Map<string, Result>()

  constructor(inputs: Inputs, costs: Costs, requests = modelRequests) {
    const users = Math.max(1, Math.round((requests / million) * inputs.users))
    const site = siteOf(inputs, (users / inputs.users) * million)
    this.#inputs = inputs
    this.#finalShare = 1 - costs.finalSavedPercent.value / 100
    this.requests = site.requestsPerDay
    this.largestShare = zipfShares(users, inputs['user-exponent'])[0] ?? 1
    this.#trace = drawTrace(site, 2)
  }

  run({ site, memoryMb, processes, routing = 'hash', hasCdn, cdnHours, storeGb }: Deployment): Result {
    const inputs = this.#inputs
    const scale = this.requests / site.requestsPerDay
    // hashed by path, the caches of all processes work as one
    const simulated = routing === 'hash' ? 1 : processes
    const result = this.#simulate({
      processes: simulated,
      memoryBytes: rounded((memoryMb * mebibyte * scale) / simulated),
      routing,
      hasWorkers: processes > 1,
      finalRequests: inputs['final-requests'],
      finalShare: this.#finalShare,
      scale: rounded((scale * processes) / simulated),
      warmUpSeconds: secondsOfDay,
      ...(hasCdn && {
        edge: {
          locations: inputs['cdn-locations'],
          hours: cdnHours ?? inputs['cdn-hours'],
          shield: inputs['cdn-shield'] === 1,
        },
      }),
      ...(storeGb !== undefined && { storeBytes: storeGb * 1e9 * scale }),
    })
    const entries = Object.entries(result).map(([name, value]) => [name, value / scale])
    return Object.fromEntries(entries) as Result
  }

  /** The same users with the same share of the caches have the same results at each step. */
  #simulate(terms: Terms): Result {
    const name = JSON.stringify(terms)
    const result = this.#results.get(name) ?? simulate(this.#trace, terms)
    this.#results.set(name, result)
    return result
  }
}

const rounded = (value: number) => Number(value.toPrecision(2))

/** CPU seconds of a day. */
export interface Work {
  readonly hits: number
  readonly store: number
  readonly renders: number
  readonly finals: number
  readonly ingest: number
  readonly database: number
  /** That part of the http processes that only their main threads can do. */
  readonly mainThread: number
}

/** The CPU time of a day: the counts of the simulation, and the costs of the report. */
export function workOf(costs: Costs, { site, hasBucket }: Deployment, counts: Result): Work {
  const of = (name: keyof Costs) => costs[name].value
  const micros = (name: keyof Costs) => of(name) / 1e6
  const { memory, firstMemory, shared, store, firstStore, rendered, standins, finals } = counts
  const repeated = (memory - firstMemory) * micros('memoryHitMicros')
  const hits = repeated + (firstMemory + shared) * micros('firstMemoryHitMicros')
  // reading from a bucket costs as much more for a first hit as for the others
  const more = hasBucket ? micros('bucketHitMicros') - micros('storeHitMicros') : 0
  const repeatedStored = (store - firstStore) * micros('storeHitMicros')
  const stored = repeatedStored + firstStore * micros('firstStoreHitMicros') + store * more
  const renders = (rendered * (of('jpegMs') + of('webpMs'))) / 2000 + (standins * of('avifMs')) / 1000
  const rendersMain =
    (rendered * (of('jpegMainMs') + of('webpMainMs'))) / 2000 + (standins * of('avifMainMs')) / 1000
  const uploads = site.newImagesPerDay
  return {
    hits,
    store: stored,
    renders,
    finals: (finals * of('finalMs')) / 1000,
    ingest: (uploads * of('ingestMs')) / 1000,
    database:
      (uploads * of('databaseUploadMs')) / 1000 +
      (rendered + standins + finals) * micros('databaseRenderMicros') +
      counts.rowReads * micros('databaseReadMicros'),
    mainThread: hits + stored + rendersMain + (uploads * of('ingestMainMs')) / 1000,
  }
}

/** What a site needs in its busiest minute. */
export interface Needs {
  readonly deployment: Deployment
  readonly counts: Result
  readonly work: Work
  /** Cores of the http and worker machines, and of the database; at the load of the inputs. */
  readonly cores: number
  readonly databaseCores: number
  /** The http processes, each with one main thread. */
  readonly processes: number
  readonly connections: number
  readonly originGbit: number
  readonly storeTb: number
  readonly databaseTb: number
  /** A second. */
  readonly requests: number
  readonly gets: number
  readonly puts: number
  readonly jobs: number
  /** Those of the largest user. */
  readonly userGets: number
  readonly userPuts: number
}

/** Connections of a process with the default of `DARKROOM_DATABASE_POOL`, as docs/deployment.md counts them. */
const connectionsOf = (processes: number) => processes * (12 + 2) + 5

/** The inputs of all computations. */
export interface Basis {
  readonly model: Model
  readonly costs: Costs
  readonly inputs: Inputs
}

/** Simulates a deployment, and computes what it needs. */
export function needsOf({ model, costs, inputs }: Basis, deployment: Deployment): Needs {
  const counts = model.run(deployment)
  const { site } = deployment
  const work = workOf(costs, deployment, counts)
  const { peak } = site
  const { load } = inputs
  const perSecond = (perDay: number) => (perDay * peak) / secondsOfDay
  const waited = work.hits + work.store + work.renders
  // finals and the analysis of uploads are done when requests leave cores idle
  const seconds = Math.max(waited * peak, waited + work.finals + work.ingest)
  const renders = counts.rendered + counts.standins
  const uploads = site.newImagesPerDay
  const gets = counts.store + 2 * renders + 2 * counts.finals + uploads
  // an original has about two rungs
  const puts = renders + counts.finals + 3 * uploads
  const largest = Math.min(1, (model.largestShare * model.requests) / site.requestsPerDay)
  const processes = Math.max(1, Math.ceil((work.mainThread * peak) / secondsOfDay / load))
  return {
    deployment,
    counts,
    work,
    cores: seconds / secondsOfDay / load,
    databaseCores: (work.database * peak) / secondsOfDay / load,
    processes,
    connections: connectionsOf(processes),
    originGbit: (perSecond(counts.originBytes) * 8) / 1e9,
    storeTb: (site.images * site.originalMb * 1e6 + counts.storedBytes) / 1e12,
    databaseTb:
      (site.images * costs.imageRowBytes.value + counts.storedCount * costs.derivativeRowBytes.value) / 1e12,
    requests: perSecond(counts.requests),
    gets: perSecond(gets),
    puts: perSecond(puts),
    jobs: perSecond(uploads + counts.finals),
    userGets: perSecond(gets) * largest,
    userPuts: perSecond(puts) * largest,
  }
}

/** Dollars, or whatever the prices are in, for a month. */
export interface Bill {
  readonly machines: number
  readonly database: number
  readonly store: number
  readonly transfer: number
}

export function billOf(inputs: Inputs, needs: Needs): Bill {
  const { counts, deployment } = needs
  const { peak } = deployment.site
  const monthly = (perSecond: number) => ((perSecond / peak) * secondsOfDay * daysOfMonth) / million
  const gigabytes = (perDay: number) => (perDay * daysOfMonth) / 1e9
  return {
    machines: needs.cores * hoursOfMonth * inputs['core-hour'],
    database:
      needs.databaseCores * hoursOfMonth * inputs['database-core-hour'] +
      needs.databaseTb * 1000 * inputs['database-gb-month'],
    store:
      needs.storeTb * 1000 * inputs['store-gb-month'] +
      monthly(needs.gets) * inputs['store-million-gets'] +
      monthly(needs.puts) * inputs['store-million-puts'],
    transfer:
      gigabytes(counts.originBytes) * inputs['gb-out'] +
      (deployment.hasCdn ? gigabytes(counts.bytes) * inputs['cdn-gb-out'] : 0),
  }
}

export const totalOf = (bill: Bill) => bill.machines + bill.database + bill.store + bill.transfer

/** The bill for each million requests of visitors. */
export const perMillion = (needs: Needs, dollars: number) =>
  dollars / ((needs.deployment.site.requestsPerDay * daysOfMonth) / million)

/** Sizing converges quickly, because the hit ratio changes with the logarithm of the memory. */
const sizingTurns = 2

/** What a site needs with a memory tier of so many MiB for each core, until both agree. */
export function sizeStep(basis: Basis, site: Site, hasCdn: boolean): Needs {
  const perCore = basis.inputs['memory-mb-per-core']
  let needs = needsOf(basis, { site, memoryMb: perCore, processes: 2, hasCdn, hasBucket: true })
  for (let turn = 0; turn < sizingTurns; turn++) {
    const memoryMb = needs.cores * perCore
    const processes = Math.max(2, needs.processes)
    needs = needsOf(basis, { site, memoryMb, processes, hasCdn, hasBucket: true })
  }
  return needs
}

/** The site that keeps so many cores busy in its busiest minute, its database included, with one process and no CDN. */
export function sizeFirst(basis: Basis, cores: number): Needs {
  const memoryMb = basis.inputs['memory-mb']
  const of = (perDay: number) =>
    needsOf(basis, {
      site: siteOf(basis.inputs, perDay),
      memoryMb,
      processes: 1,
      hasCdn: false,
      hasBucket: false,
    })
  let needs = of(20 * million)
  for (let turn = 0; turn <= sizingTurns; turn++)
    needs = of((needs.deployment.site.requestsPerDay * cores) / (needs.cores + needs.databaseCores))
  return needs
}
