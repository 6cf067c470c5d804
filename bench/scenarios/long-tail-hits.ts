import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import pg from 'pg'
import { openEmbeddedPostgres } from '../../service/metadata/embedded.ts'
import { createLogger } from '../../service/telemetry/logger.ts'
import { type Round, runPairs } from '../load.ts'
import { fetchOne, forEach, keptConnections } from '../requests.ts'
import type { Scenario } from '../scenario.ts'
import type { Service } from '../service.ts'
import { targets } from '../settings.ts'
import { medians, ratios } from '../stats.ts'

const images = 5_000
/** Requests per second: so few that no image is requested again within half a second. */
const perSecond = 1_000
/** Postgres counts the transactions of a connection about once a second. */
const countingMs = 2_000

/**
 * Requests many small results in turn from memory, each less often than every half second, and for comparison one of them
 * repeatedly. Both are answered by the same process.
 */
export const longTailHits: Scenario = async (workspace, settings) => {
  const service = await workspace.startService()
  const postgres = await openEmbeddedPostgres({
    directory: join(workspace.folder, 'data', 'postgres'),
    logger: createLogger('silent'),
  })
  const client = new pg.Client({ connectionString: postgres.url })
  try {
    await client.connect()
    const paths = await service.signInfo(await copyImage(client, service, await workspace.drawTiny()))
    const agent = keptConnections(8)
    // the second time from memory
    for (let round = 0; round < 2; round++)
      await forEach(paths, 8, path => fetchOne(service.origin + path, agent))
    agent.destroy()

    const statementsBefore = await countTransactions(client)
    const { connections, loadSeconds: seconds, loadPairs } = settings
    const tail = { origin: service.origin, pid: service.pid, paths }
    const hot = { ...tail, paths: paths.slice(0, 1) }
    const load = { connections, seconds, paths, perSecond }
    const pairs = await runPairs({ darkroom: tail, baseline: hot }, load, loadPairs)
    const statements = (await countTransactions(client)) - statementsBefore
    const requests = pairs.reduce((sum, { darkroom }) => sum + darkroom.perSecond * seconds, 0)
    return {
      title: `Hits from memory, ${images} images in turn, compared with one of them`,
      rows: [
        {
          what: 'hits for the CPU time of a second',
          ...medians(pairs, cheapness),
          ratios: ratios(pairs, cheapness),
          target: targets.longTail.ratio,
        },
        { what: 'server CPU µs/request', ...medians(pairs, round => round.cpuMicros) },
        { what: 'p99 ms', ...medians(pairs, round => round.p99) },
        {
          what: 'statements/request',
          darkroom: statements / requests,
          limit: targets.longTail.statements,
        },
      ],
      notes: [`${perSecond} requests per second`],
    }
  } finally {
    await client.end()
    await service.stop()
    await postgres.close()
  }
}

/** Uploads an image and copies its row, which is enough for the operation `info`. @returns the ids of the copies */
async function copyImage(client: pg.Client, service: Service, picture: string): Promise<string[]> {
  const [original = ''] = await service.upload([picture])
  const isIngested = 'select from images where id = $1 and ingested_at is not null'
  while ((await client.query(isIngested, [original])).rowCount === 0) await setTimeout(100)
  const { rows } = await client.query<{ id: string }>(
    `insert into images (id, user_id, state, title, tags, extension, format, width, height, pages, bytes, sha256, facts,
       insight, ingested_at)
     select 'tail' || lpad(number::text, 5, '0'), user_id, state, title, tags, extension, format, width, height, pages, bytes, sha256, facts,
       insight, ingested_at from images, generate_series(1, $2::int) as number where id = $1
     returning id`,
    [original, images],
  )
  return rows.map(({ id }) => id)
}

const cheapness = ({ cpuMicros }: Round) => 1e6 / cpuMicros

async function countTransactions(client: pg.Client): Promise<number> {
  await setTimeout(countingMs)
  const { rows } = await client.query<{ count: string }>(
    'select xact_commit as count from pg_stat_database where datname = current_database()',
  )
  return Number(rows[0]?.count)
}
