import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import pg from 'pg'
import { openApp } from '../../service/app.ts'
import { readConfig } from '../../service/config.ts'
import { openEmbeddedPostgres } from '../../service/metadata/embedded.ts'
import { createLogger } from '../../service/telemetry/logger.ts'
import { accounts } from '../metadata/accounts.ts'
import { choresOf } from '../metadata/chores.ts'
import { Meter, rowsOf, scaled } from '../metadata/measure.ts'
import type { Operation, Site } from '../metadata/operations.ts'
import { reads } from '../metadata/reads.ts'
import { uncalledRoutes } from '../metadata/routes.ts'
import { createUsers, type FilledSite, fillSite, findSite } from '../metadata/site.ts'
import { fillSizeOf } from '../metadata/sizes.ts'
import { explainStatements, unexplained } from '../metadata/statements.ts'
import { writes } from '../metadata/writes.ts'
import type { Row, Scenario } from '../scenario.ts'
import { targets } from '../settings.ts'
import type { Workspace } from '../workspace.ts'

const logger = createLogger('silent')
/** Images of the large user that operations may change or remove. */
const spareImages = 400
/** The time after which an operation counts as hanging, and the time for each of many images, in milliseconds. */
const limitMs = 330_000
const limitOfImageMs = 5
/** How long work in the background may take, in milliseconds: a purge by preset reads all derivatives. */
const quietMs = 600_000

/**
 * Runs every route and every chore over the database and the store of a large site. The figures are times of the database
 * and of the main thread, which other load on the machine hardly changes.
 */
export const metadata: Scenario = async (workspace, settings) => {
  const size = fillSizeOf(settings.size)
  const match = new RegExp(settings.match)
  // before the app opens in this process, which lets sharp load uploadable formats only, and no drawings
  const picture = await workspace.drawTiny()
  const found = await findSite(workspace, size)
  const users = found ?? (await createUsers(workspace))
  const data = join(workspace.folder, 'data')
  const postgres = await openEmbeddedPostgres({ directory: join(data, 'postgres'), logger })
  const client = new pg.Client({ connectionString: postgres.url, ...unexplained })
  try {
    await client.connect()
    const site = found ?? (await fillSite(client, { workspace, data, users, size }))
    await explainStatements(client)
    const log = join(data, 'postgres', 'server.log')
    const measuring = { client, log, match, picture, data, ...site }
    const chores = await measureChores(measuring)
    const routes = await measureRoutes(workspace, measuring)
    const rows = [...chores, ...routes.rows]
    const notes = [
      ...(settings.match === '' ? [`not called: ${routes.uncalled.join(', ') || 'none'}`] : []),
      `${size.images} images of ${size.users} users, ${site.files} files of the large user`,
    ]
    return { title: `Metadata of a large site, at ${settings.size}`, rows, notes }
  } finally {
    await client.end()
    await postgres.close()
  }
}

interface Measuring extends FilledSite {
  /** The data directory of the service. */
  readonly data: string
  readonly client: pg.Client
  /** The path of the log of the database. */
  readonly log: string
  readonly picture: string
  /** Selects operations by name. */
  readonly match: RegExp
}

/** Runs the chores in this process. */
async function measureChores({ data, log, client, match }: Measuring): Promise<Row[]> {
  const config = await readConfig({ DARKROOM_DATA_DIR: data, DARKROOM_ROLE: 'http', LOG_LEVEL: 'silent' })
  const app = await openApp(config, logger)
  const meter = new Meter({ log, client, pid: process.pid })
  const rows: Row[] = []
  try {
    for (const [chore, run] of choresOf(app)) {
      const name = `chore: ${chore}`
      if (match.test(name))
        rows.push(...rowsOf(name, await meter.measure(run, limitMs), targets.metadata.chore))
    }
  } finally {
    await app.close()
  }
  return rows
}

async function measureRoutes(
  workspace: Workspace,
  { client, log, picture, largeUser, keys, match }: Measuring,
): Promise<{ rows: Row[]; uncalled: string[] }> {
  const service = await workspace.startService()
  const [admin, large] = [service.withToken(keys.admin), service.withToken(keys.large)]
  const meter = new Meter({ log, client, pid: service.pid ?? 0 })
  const images = await spareImagesOf(client, largeUser)
  const site = { admin, large, largeUser, client, images, picture }
  const rows: Row[] = []
  for (const operation of [...reads, ...accounts, ...writes].filter(({ name }) => match.test(name)))
    rows.push(...(await measureOne(operation, site, meter)))
  const uncalled = await uncalledRoutes(admin)
  await service.stop()
  return { rows, uncalled }
}

async function measureOne(operation: Operation, site: Site, meter: Meter): Promise<Row[]> {
  const { name, prepare } = operation
  const images = (await operation.countImages?.(site)) ?? 1
  const budget = scaled(operation.budget, images)
  try {
    const work = await prepare(site)
    await untilQuiet(site.client)
    return rowsOf(name, await meter.measure(work, limitMs + images * limitOfImageMs), budget)
  } catch (error) {
    const cost = await meter.measure(() => Promise.reject(error), limitMs)
    return rowsOf(name, cost, budget)
  }
}

/** Waits for chores and for purges that earlier operations have ordered, so that their statements are not counted. */
async function untilQuiet(client: pg.Client): Promise<void> {
  for (const deadline = Date.now() + quietMs; Date.now() < deadline; await setTimeout(500)) {
    const { rows } = await client.query(
      `select from tasks where state = 'running' or state = 'waiting' and due_at <= now() limit 1`,
    )
    if (rows.length === 0) return
  }
}

/** Images that are spread over the library, so that no operation finds what another one has read. */
async function spareImagesOf(client: pg.Client, userId: string): Promise<Iterator<string>> {
  const { rows } = await client.query<{ id: string }>(
    `select id from images where user_id = $1 and state = 'ready' and not tags @> '{campaign}' 
     order by md5(id || $2) limit ${spareImages}`,
    // another choice in each run of a site that is used again
    [userId, String(Date.now())],
  )
  return rows.map(({ id }) => id).values()
}
