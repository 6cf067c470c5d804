import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'
import type { Workspace } from '../workspace.ts'
import { fillFiles } from './files.ts'
import { fill } from './fill.ts'
import { call } from './operations.ts'
import type { FillSize } from './sizes.ts'

/** A filled database and file store. */
export interface FilledSite {
  readonly largeUser: string
  readonly keys: { readonly admin: string; readonly large: string }
  /** The number of files of the large user. */
  readonly files: number
}

/** The users of the site, before or after it was filled. */
export type SiteUsers = Omit<FilledSite, 'files'>

/** Postgres writes a large site several times as fast with these; they are reset before anything is measured. */
const fillSettings = { autovacuum: 'off', max_wal_size: '16GB', checkpoint_timeout: '30min' }

const markerOf = (workspace: Workspace) => join(workspace.folder, 'site.json')

/** The site that an earlier run has left in the folder. @throws Error when it has another size */
export async function findSite(workspace: Workspace, size: FillSize): Promise<FilledSite | undefined> {
  const text = await readFile(markerOf(workspace), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const { size: found, ...site } = JSON.parse(text) as FilledSite & { size: FillSize }
  if (JSON.stringify(found) !== JSON.stringify(size)) throw new Error('--folder: has a site of another size')
  return site
}

/** Starts the service once, which creates the schema, and creates the large user with a key. */
export async function createUsers(workspace: Workspace): Promise<SiteUsers> {
  const admin = await workspace.startService()
  const large = await admin.join('large@example.com')
  const { id } = await call(large, 'GET', 'me')
  await admin.stop()
  return { largeUser: id, keys: { admin: admin.token, large: large.token } }
}

/** Fills the database and the store. `data` is the data directory of the service. */
export async function fillSite(
  client: pg.Client,
  { workspace, data, users, size }: { workspace: Workspace; data: string; users: SiteUsers; size: FillSize },
): Promise<FilledSite> {
  const begun = Date.now()
  const report = (what: string) =>
    console.error(`  filling: ${what}, ${Math.round((Date.now() - begun) / 1000)} s`)
  for (const [name, value] of Object.entries(fillSettings))
    await client.query(`alter system set ${name} = '${value}'`)
  await client.query('select pg_reload_conf()')
  await fill(client, { size, largeUser: users.largeUser, report })
  const files = await fillFiles(client, join(data, 'objects'), users.largeUser, size.files)
  report(`${files} files`)
  for (const name of Object.keys(fillSettings)) await client.query(`alter system reset ${name}`)
  await client.query('select pg_reload_conf()')
  await client.query('checkpoint')
  const site = { ...users, files }
  await writeFile(markerOf(workspace), JSON.stringify({ size, ...site }))
  return site
}
