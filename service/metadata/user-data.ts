import type pg from 'pg'
import type { Logger } from '../telemetry/logger.ts'
import { withMigrationClient } from './migration-connection.ts'

/** The user whose data is read. */
export interface DataOwner {
  readonly id: string
  readonly email: string
  readonly role: string
}

/**
 * What is stored about a user, by the kind of the rows. `$1` is the user's id. Neither secrets nor hashes of secrets are read,
 * and nothing of other people: an administrator's action about the user is shown without who did it.
 */
const queries: Readonly<Record<string, string>> = {
  profile: `select id, email, role, created_at, disabled, presets_only, originals, reject_truncated, limits, fallback
    from users where id = $1`,
  images: `select id, state, title, tags, alt, metadata, focal, file_name, format, extension, width, height, pages, bytes,
      sha256, original_version, created_at, deleted_at, keep_until
    from images where user_id = $1 and extension is not null and sha256 is not null
      and (state = 'ready' or state = 'deleted' and keep_until is not null and purged_at is null) order by id`,
  presets:
    'select name, operations, eager, created_at, updated_at from presets where user_id = $1 order by name',
  policies: 'select name, rules, created_at, updated_at from policies where user_id = $1 order by name',
  'signing-keys':
    'select id, state, created_at, last_used_at from signing_keys where user_id = $1 order by created_at',
  'api-keys': `select id, name, scopes, created_at, expires_at, last_used_at from api_keys where user_id = $1
    order by created_at`,
  sessions: 'select created_at, rotated_at, expires_at from sessions where user_id = $1 order by created_at',
  webhooks: 'select id, url, events, created_at from webhooks where user_id = $1 order by created_at',
  'webhook-deliveries': `select webhook_id, event, status, attempts, response_code, detail, created_at
    from webhook_deliveries where user_id = $1 order by created_at`,
  usage: `select day, requests, memory, store, miss, shared, bytes, developments, cpu_ms, errors
    from usage_days where user_id = $1 order by day`,
  'most-used':
    'select day, kind, name, requests, bytes from usage_tops where user_id = $1 order by day, kind, name',
  audit: `select at, action, subject, case when user_id = $1 then address end as address,
      coalesce(user_id = $1, false) as by_user
    from audit where user_id = $1 or subject = $1
      or subject in (select id from images where user_id = $1) order by at`,
}

/** The kinds of rows, in the order of an export. */
export const userDataKinds: readonly string[] = Object.keys(queries)

/** The data of a user at one moment. */
export interface UserData {
  readonly at: Date
  readonly owner: DataOwner
  /** The rows of a kind, in pages. One kind is read after the other. */
  rows(kind: string): AsyncIterable<Readonly<Record<string, unknown>>[]>
}

const pageSize = 500

/**
 * Reads the data of a user in one transaction.
 * @param user an id or an email address
 * @returns undefined when there is no such user @throws DarkroomError `unavailable`
 */
export function withUserData<T>(
  options: { readonly url: string; readonly logger: Logger },
  user: string,
  work: (data: UserData) => Promise<T>,
): Promise<T | undefined> {
  return withMigrationClient({ ...options, name: 'darkroom export' }, async client => {
    await client.query('begin isolation level repeatable read read only')
    await client.query('set local statement_timeout = 0')
    await client.query('set local idle_in_transaction_session_timeout = 0')
    const found = await client.query<DataOwner & { at: Date }>(
      'select id, email, role, now() as at from users where (id = $1 or email = lower($1)) and deleted_at is null',
      [user.trim()],
    )
    const [row] = found.rows
    if (row === undefined) return undefined
    const { at, ...owner } = row
    const result = await work({ at, owner, rows: kind => readRows(client, kind, owner.id) })
    await client.query('rollback')
    return result
  })
}

async function* readRows(client: pg.Client, kind: string, userId: string) {
  const sql = queries[kind]
  if (sql === undefined) throw new Error(`no kind of data is called ${kind}`)
  await client.query(
    `declare data no scroll cursor for select to_jsonb(found) as row from (${sql}) as found`,
    [userId],
  )
  for (;;) {
    const { rows } = await client.query<{ row: Readonly<Record<string, unknown>> }>(
      `fetch ${pageSize} from data`,
    )
    if (rows.length > 0) yield rows.map(({ row }) => row)
    if (rows.length < pageSize) break
  }
  await client.query('close data')
}
