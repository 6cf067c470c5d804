import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import pg from 'pg'
import { openApp } from '../../service/app.ts'
import { readConfig } from '../../service/config.ts'
import { openEmbeddedPostgres } from '../../service/metadata/embedded.ts'
import { createLogger } from '../../service/telemetry/logger.ts'
import { accounts } from '../metadata/accounts.ts'
import { choresOf } from '../metadata/chores.ts'
import { fillFiles } from '../metadata/files.ts'
import { fill } from '../metadata/fill.ts'
import { Meter, rowsOf } from '../metadata/measure.ts'
import { call, type Operation, type Site } from '../metadata/operations.ts'
import { reads } from '../metadata/reads.ts'
import { uncalledRoutes } from '../metadata/routes.ts'
import { fillSizeOf } from '../metadata/sizes.ts'
import { explainStatements, unexplained } from '../metadata/statements.ts'
import { writes } from '../metadata/writes.ts'
import type { Row, Scenario } from '../scenario.ts'
import { targets } from '../settings.ts'
import type { Workspace } from '../workspace.ts'

const logger = createLogger('silent')
/** Images of the large user that operations may change or remove. */
const spareImages = 400
/** How long work in the background may take, in milliseconds. */
const quietMs = 120_000

/**
 * Runs every route and every chore over the database and the store of a large site. The figures are times of the database
 * and of the main thread, which other load on the machine hardly changes.
 */
export const metadata: Scenario = async (workspace, settings) => {
  const size = fillSizeOf(settings.size)
  // before the app opens in this process, which lets sharp load uploadable formats only, and no drawings
  const picture = await workspace.drawTiny()
  const created = await createUsers(workspace)
  const data = join(workspace.folder, 'data')
  const postgres = await openEmbeddedPostgres({ directory: join(data, 'postgres'), logger })
  const client = new pg.Client({ connectionString: postgres.url, ...unexplained })
  try {
    await client.connect()
    const report = (what: string) => console.error(`  filling: ${what}`)
    await fill(client, { size, largeUser: created.largeUser, report })
    const files = await fillFiles(client, join(data, 'objects'), created.largeUser, size.files)
    await explainStatements(client)
    const log = join(data, 'postgres', 'server.log')
    const chores = await measureChores(data, log)
    const routes = await measureRoutes(workspace, { client, log, picture, ...created })
    const rows = [...chores, ...routes.rows]
    const notes = [
      `not called: ${routes.uncalled.join(', ') || 'none'}`,
      `${size.images} images of ${size.users} users, ${files} files of the large user`,
    ]
    return { title: `Metadata of a large site, at ${settings.size}`, rows, notes }
  } finally {
    await client.end()
    await postgres.close()
  }
}

interface Created {
  readonly largeUser: string
  readonly keys: { readonly admin: string; readonly large: string }
}

/** Starts the service once, which creates the schema, and creates the large user with a key. */
async function createUsers(workspace: Workspace): Promise<Created> {
  const admin = await workspace.startService()
  const large = await admin.join('large@example.com')
  const { id } = await call(large, 'GET', 'me')
  await admin.stop()
  return { largeUser: id, keys: { admin: admin.token, large: large.token } }
}

/** Runs the chores in this process. */
async function measureChores(data: string, log: string): Promise<Row[]> {
  const config = await readConfig({ DARKROOM_DATA_DIR: data, DARKROOM_ROLE: 'http', LOG_LEVEL: 'silent' })
  const app = await openApp(config, logger)
  const meter = new Meter(log, process.pid)
  const rows: Row[] = []
  try {
    for (const [name, run] of choresOf(app)) {
      const cost = await meter.measure(run)
      rows.push(...rowsOf(`chore: ${name}`, cost, targets.metadata.background))
    }
  } finally {
    await app.close()
  }
  return rows
}

async function measureRoutes(
  workspace: Workspace,
  { client, log, picture, largeUser, keys }: Created & { client: pg.Client; log: string; picture: string },
): Promise<{ rows: Row[]; uncalled: string[] }> {
  const service = await workspace.startService()
  const [admin, large] = [service.withToken(keys.admin), service.withToken(keys.large)]
  const meter = new Meter(log, service.pid ?? 0)
  const images = await spareImagesOf(client, largeUser)
  const site = { admin, large, largeUser, client, images, picture }
  const rows: Row[] = []
  for (const operation of [...reads, ...accounts, ...writes])
    rows.push(...(await measureOne(operation, site, meter)))
  const uncalled = await uncalledRoutes(admin)
  await service.stop()
  return { rows, uncalled }
}

async function measureOne({ name, budget, prepare }: Operation, site: Site, meter: Meter): Promise<Row[]> {
  try {
    const work = await prepare(site)
    await untilQuiet(site.client)
    return rowsOf(name, await meter.measure(work), budget)
  } catch (error) {
    const cost = await meter.measure(() => Promise.reject(error))
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
    `select id from images where user_id = $1 and state = 'ready' and not tags @> '{campaign}' order by md5(id) limit ${spareImages}`,
    [userId],
  )
  return rows.map(({ id }) => id).values()
}
