import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import pg from 'pg'
import { openDatabase } from '../../service/metadata/database.ts'
import { openEmbeddedPostgres } from '../../service/metadata/embedded.ts'
import { ImageRepository } from '../../service/metadata/images.ts'
import { createLogger } from '../../service/telemetry/logger.ts'
import {
  drawReplay,
  type PathOf,
  perImage,
  replay,
  replayTerms,
  requestKeys,
  signImages,
} from '../capacity/replay.ts'
import type { Trace } from '../capacity/trace.ts'
import { databaseCpuMs } from '../database-usage.ts'
import { fill } from '../metadata/fill.ts'
import { fillSizeOf } from '../metadata/sizes.ts'
import { serverCpuMs, untilIdle } from '../process-usage.ts'
import { createRandom, shuffled } from '../random.ts'
import { forEach } from '../requests.ts'
import type { Row, Scenario } from '../scenario.ts'
import type { Service } from '../service.ts'
import { targets } from '../settings.ts'
import { median } from '../stats.ts'
import { withComment } from '../unique-jpeg.ts'
import type { Workspace } from '../workspace.ts'

const logger = createLogger('silent')
/** The length of the look at an idle database, in milliseconds. */
const idleMs = 5_000
/** Rounds of first hits; the first one compiles code and does not count. */
const firstHitRounds = 5
/** How many rows of images are read. */
const reads = 3_000
/** The share of a large site that is filled to measure the size of rows: 4,000 images. */
const filledShare = 0.002

/**
 * Replays a small trace against the service and through the simulation that docs/capacity.md is computed from, and measures
 * the costs for which no other scenario has a row.
 */
export const capacity: Scenario = async (workspace, { replayRequests }) => {
  const data = join(workspace.folder, 'data')
  const postgres = await openEmbeddedPostgres({ directory: join(data, 'postgres'), logger })
  try {
    const { trace, images } = drawReplay(replayRequests)
    const renderer = await workspace.startService()
    await untilIdle(renderer.pid)
    const idle = await idlePerMs(data)
    const { ids, row: upload } = await measureUploads(workspace, renderer, { data, images, idle })
    const { pathOf, row: render } = await measureRenders(renderer, { trace, ids, data, idle })
    await renderer.stop()
    const small = await workspace.startService(replayTerms)
    const shares = await replay(small, trace, pathOf)
    const fromStore = await measureFirstHits(small, ids, 'store')
    await small.stop()
    const large = await workspace.startService()
    await requestKeys(large, allKeys(ids), pathOf)
    const fromMemory = await measureFirstHits(large, ids, 'memory')
    await large.stop()
    return {
      title:
        'Capacity: the simulated hit ratio compared with the service, and what else docs/capacity.md needs',
      rows: [
        ...shareRows(shares),
        { what: 'first hit of a URL, from memory, CPU µs', darkroom: fromMemory },
        { what: 'first hit of a URL, from the store, CPU µs', darkroom: fromStore },
        upload,
        render,
        ...(await measureRows(postgres.url, data)),
      ],
      notes: [
        `${trace.requests.length} requests of a Zipf trace for ${images} images with a memory tier of ${replayTerms.DARKROOM_MEMORY_CACHE_MB} MiB; baseline: the simulation`,
        'a first hit verifies the URL, and looks up its user, keys and image in caches; the next hits within a minute use a prepared response',
      ],
    }
  } finally {
    await postgres.close()
  }
}

function shareRows({ measured, simulated }: Awaited<ReturnType<typeof replay>>): Row[] {
  return (['memory', 'store', 'miss'] as const).flatMap(tier => {
    const [darkroom, baseline] = [measured[tier], simulated[tier]]
    return [
      { what: `${tier}, % of requests`, darkroom, baseline },
      {
        what: `${tier}, difference in percentage points`,
        darkroom: Math.abs(darkroom - baseline),
        limit: targets.capacity.percentagePoints,
      },
    ]
  })
}

/** The CPU time of the database in a millisecond in which nothing is requested. */
async function idlePerMs(data: string): Promise<number> {
  const before = databaseCpuMs(data)
  await setTimeout(idleMs)
  return (databaseCpuMs(data) - before) / idleMs
}

interface Measuring {
  readonly data: string
  readonly idle: number
}

/** The CPU time that the database spends on some work, without what it spends anyway. */
async function databaseMsOf({ data, idle }: Measuring, work: () => Promise<unknown>): Promise<number> {
  const [cpu, begun] = [databaseCpuMs(data), performance.now()]
  await work()
  return databaseCpuMs(data) - cpu - idle * (performance.now() - begun)
}

async function measureUploads(
  workspace: Workspace,
  service: Service,
  { images, ...measuring }: Measuring & { images: number },
): Promise<{ ids: string[]; row: Row }> {
  const photo = await readFile(await workspace.drawTiny())
  const upload = (number: number) =>
    service.uploadOne(withComment(photo, `capacity ${number}`), 'capacity.jpg')
  const numbers = Array.from({ length: images }, (_, number) => number)
  let ids: string[] = []
  const ms = await databaseMsOf(measuring, async () => {
    ids = await forEach(numbers, 1, upload)
    await untilIdle(service.pid)
  })
  return { ids, row: { what: 'database, CPU ms/upload', darkroom: ms / images } }
}

/** Renders what the trace says is stored. */
async function measureRenders(
  service: Service,
  { trace, ids, ...measuring }: Measuring & { trace: Trace; ids: readonly string[] },
): Promise<{ pathOf: PathOf; row: Row }> {
  const pathOf = await signImages(service, ids)
  const keys = trace.stored.map(({ key }) => key)
  const ms = await databaseMsOf(measuring, async () => {
    await requestKeys(service, shuffled(keys, createRandom(5)), pathOf)
    // rows are written behind the responses
    await untilIdle(service.pid)
  })
  return {
    pathOf,
    row: { what: 'database, CPU µs/rendered derivative', darkroom: (ms * 1000) / keys.length },
  }
}

const allKeys = (ids: readonly string[]) => Array.from({ length: ids.length * perImage }, (_, key) => key)

/** The CPU time of a hit whose URL the process has not seen before, in microseconds. Each round has its own URLs. */
async function measureFirstHits(
  service: Service,
  ids: readonly string[],
  tier: 'memory' | 'store',
): Promise<number> {
  const keys = allKeys(ids)
  // derivatives that were not rendered yet
  await requestKeys(service, keys, await signImages(service, ids))
  const rounds: number[] = []
  for (let round = 0; round <= firstHitRounds; round++) {
    const pathOf = await signImages(service, ids, 100_000 + 1_000 * round)
    await untilIdle(service.pid)
    const before = serverCpuMs(service.pid)
    const answers = await requestKeys(service, keys, pathOf)
    const spent = serverCpuMs(service.pid) - before
    const hits = answers.filter(({ headers }) => headers['darkroom-cache'] === tier).length
    if (hits < answers.length * 0.9) throw new Error(`only ${hits} of ${answers.length} came from ${tier}`)
    if (round > 0) rounds.push((spent * 1000) / answers.length)
  }
  return median(rounds)
}

/** Reads rows of images, and fills the database to measure what a row takes with its indexes. */
async function measureRows(url: string, data: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url })
  const database = openDatabase({ url, logger, maxConnections: 1 })
  try {
    await client.connect()
    const { rows } = await client.query<{ user: string; id: string }>(
      'select user_id as user, id from images limit 1',
    )
    const { user = '', id = '' } = rows[0] ?? {}
    const images = new ImageRepository(database)
    await images.find(user, id)
    const before = databaseCpuMs(data)
    for (let read = 0; read < reads; read++) await images.find(user, id)
    const spent = databaseCpuMs(data) - before
    const counts = await fillAndMeasure(client, user)
    return [
      { what: 'database, CPU µs/row read for a hit', darkroom: (spent * 1000) / reads },
      { what: 'database, bytes/image', darkroom: counts.image },
      { what: 'database, bytes/derivative', darkroom: counts.derivative },
    ]
  } finally {
    await database.close()
    await client.end()
  }
}

async function fillAndMeasure(client: pg.Client, largeUser: string) {
  await fill(client, { size: fillSizeOf(filledShare), largeUser })
  const { rows } = await client.query<{ image: number; derivative: number }>(
    `select ((pg_total_relation_size('images') + pg_total_relation_size('image_hashes'))
         / (select count(*) from images))::float8 as image,
       (pg_total_relation_size('derivatives') / (select count(*) from derivatives))::float8 as derivative`,
  )
  const [row] = rows
  if (row === undefined) throw new Error('the database has no sizes')
  return row
}
