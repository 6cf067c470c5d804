import { readdir } from 'node:fs/promises'
import type { Database } from '../../../service/metadata/database.ts'
import { run } from '../../../service/test/support/program.ts'
import type { System } from '../system.ts'
import { countQueued } from './queue.ts'

/** The number of left-overs of each kind, by name: nothing is left when all work is done and swept. */
export type Garbage = Readonly<Record<string, number>>

const rows: Readonly<Record<string, string>> = {
  'unfinished uploads': `select from images where state = 'uploading'`,
  'derivatives without a record': 'select from stray_derivatives',
  'files of replaced originals': 'select from original_files',
  'deleted images with objects': `select from images where state = 'deleted' and purged_at is null
    and (keep_until is null or keep_until <= now() or cleared_at is null)`,
  'pending ingests': 'select from pending_ingests',
  'failed ingests': `select from images where state = 'ready' and ingest_failed_at is not null`,
  'unfinished or failed jobs': 'select from failed_jobs',
  'unfinished or failed tasks': `select from tasks where key <> '' and state <> 'done' or key = '' and code is not null`,
}

/** Counts what is left over, and repairs what `darkroom verify` can. Only numbers above 0 are returned. */
export async function findGarbage(system: System, database: Database): Promise<Garbage> {
  const found: Record<string, number> = { ...(await verifyStore(system)) }
  for (const [name, statement] of Object.entries(rows)) found[name] = (await database.query(statement)).length
  found['jobs in the queue'] = await countQueued(system)
  for (const { spool, folder } of system.members) {
    const files = [spool, `${folder}/tmp`].map(path => readdir(path).catch(() => []))
    found['temporary files'] = (found['temporary files'] ?? 0) + (await Promise.all(files)).flat().length
  }
  const garbage = Object.fromEntries(Object.entries(found).filter(([, count]) => count > 0))
  // so that it is not counted again after the next fault
  if (Object.keys(garbage).length > 0) await run(['verify', '--contents', '--repair'], system.environment)
  return garbage
}

/** Runs `darkroom verify`, which compares the rows with the objects, and the hashes of originals. */
async function verifyStore({ environment }: System): Promise<Garbage> {
  const { stdout, stderr } = await run(['verify', '--contents', '--json'], environment)
  const line = stdout.trim().split('\n').at(-1) ?? ''
  if (!line.startsWith('{')) throw new Error(`darkroom verify failed: ${stderr || stdout}`)
  return JSON.parse(line)
}
