import { parseArgs } from 'node:util'

/** A number that the reader can change, with its default. */
interface Input {
  readonly value: number
  readonly meaning: string
  readonly group: 'site' | 'deployment' | 'price' | 'limit'
}

const input = (group: Input['group'], value: number, meaning: string): Input => ({ group, value, meaning })

/** All assumptions. None of them is measured here: measured costs come from the report. */
export const inputs = {
  images: input('site', 50_000, 'images for each million requests a day'),
  'new-images': input('site', 250, 'new images a day for each million requests a day'),
  users: input('site', 100, 'users (tenants) for each million requests a day'),
  derivatives: input('site', 12, 'derivatives of an image: widths times formats'),
  'derivative-kb': input('site', 40, 'mean size of a derivative, in kB'),
  'original-mb': input('site', 3, 'mean size of an original with its rungs, in MB'),
  'avif-share': input(
    'site',
    0.6,
    'share of derivatives that are AVIF; the others are JPEG and WebP, half each',
  ),
  'user-exponent': input('site', 1, 'Zipf exponent of the popularity of users'),
  'image-exponent': input('site', 1, 'Zipf exponent of the popularity of the images of a user'),
  'derivative-exponent': input('site', 1, 'Zipf exponent of the popularity of the derivatives of an image'),
  'fresh-share': input('site', 0.25, 'share of requests for images of the last days, newest most'),
  'fresh-days': input('site', 7, 'how long an image counts as new, in days'),
  peak: input('site', 1.8, 'requests in the busiest minute divided by the mean of the day, 1 to 2'),
  load: input('deployment', 0.6, 'share of its cores that a machine uses in the busiest minute'),
  'memory-mb': input('deployment', 256, 'DARKROOM_MEMORY_CACHE_MB of the one process of 1×'),
  'memory-mb-per-core': input('deployment', 1024, 'memory tier for each core at larger steps, in MiB'),
  'machine-cores': input('deployment', 16, 'cores of a machine at larger steps'),
  'final-requests': input('deployment', 2, 'DARKROOM_FINAL_REQUESTS'),
  'cdn-locations': input('deployment', 20, 'locations of the CDN, between which requests are spread evenly'),
  'cdn-hours': input('deployment', 24, 'how long a location keeps an image after its last request, in hours'),
  'cdn-shield': input(
    'deployment',
    1,
    '1: all locations ask one of them, which asks the origin; 0: each asks',
  ),
  'core-hour': input('price', 0.04, 'a core for an hour'),
  'database-core-hour': input('price', 0.1, 'a core of the database for an hour, with its replica'),
  'database-gb-month': input('price', 0.2, 'a GB of the database for a month'),
  'store-gb-month': input('price', 0.023, 'a GB in the object store for a month'),
  'store-million-gets': input('price', 0.4, 'a million reads of the object store'),
  'store-million-puts': input('price', 5, 'a million writes of the object store'),
  'gb-out': input('price', 0.05, 'a GB that leaves the machines'),
  'cdn-gb-out': input('price', 0.02, 'a GB that leaves the CDN'),
  'database-cores': input('limit', 64, 'cores of the largest Postgres'),
  'database-tb': input('limit', 16, 'disk of the largest Postgres, in TB'),
  'database-connections': input('limit', 1000, 'max_connections of Postgres'),
  'nats-messages': input('limit', 2000, 'jobs a second that one NATS writes, each flushed to disk'),
  'prefix-gets': input('limit', 5500, 'reads a second of one prefix of a bucket, as Amazon documents for S3'),
  'prefix-puts': input(
    'limit',
    3500,
    'writes a second of one prefix of a bucket, as Amazon documents for S3',
  ),
  'front-gbit': input('limit', 10, 'network of the one machine in front (nginx, a load balancer), in Gbit/s'),
} as const satisfies Readonly<Record<string, Input>>

export type Inputs = Readonly<Record<keyof typeof inputs, number>>

export const defaultInputs = Object.fromEntries(
  Object.entries(inputs).map(([name, { value }]) => [name, value]),
) as Inputs

export interface Command {
  readonly inputs: Inputs
  /** Requests a day of the reader's own site, in millions; undefined for what this machine can serve. */
  readonly requests: number | undefined
  /** Whether docs/capacity.md is written. */
  readonly report: boolean
}

/** Reads the command line. @throws Error that names an option that is unknown or no number */
export function readCommand(words: readonly string[]): Command {
  const numbers = Object.fromEntries(
    [...Object.keys(inputs), 'requests'].map(name => [name, { type: 'string' as const }]),
  )
  const { values } = parseArgs({ args: [...words], options: { ...numbers, report: { type: 'boolean' } } })
  const { report = false, ...given } = values
  const changed = Object.entries(given).map(([name, text]) => [name, numberOf(name, String(text))] as const)
  if (report && changed.length > 0) throw new Error('--report: the page has the defaults only')
  const { requests, ...others } = Object.fromEntries(changed)
  return { inputs: { ...defaultInputs, ...others }, requests, report: Boolean(report) }
}

function numberOf(name: string, text: string): number {
  const value = Number(text)
  const least =
    name === 'cdn-shield' || name.endsWith('share') || inputs[name as keyof Inputs]?.group === 'price'
      ? 0
      : 1e-9
  if (text.trim() === '' || !(value >= least)) throw new Error(`--${name}: must be a number above 0`)
  if (name === 'peak' && !(value >= 1 && value <= 2)) throw new Error('--peak: must be a number from 1 to 2')
  if (/share|load/.test(name) && value > 1) throw new Error(`--${name}: must be a number up to 1`)
  return value
}
