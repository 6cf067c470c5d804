import type { Database, Queryable } from './database.ts'
import { decryptSecret, encryptSecret } from './secret-encryption.ts'
import { signingKeySecretContext } from './signing-keys.ts'
import { webhookSecretContext } from './webhooks.ts'

/** Where sealed secrets are: tables with `user_id`, `id` and `sealed_secret`. */
const places: readonly Place[] = [
  { table: 'signing_keys', contextOf: signingKeySecretContext },
  { table: 'webhooks', contextOf: webhookSecretContext },
]

/** How many secrets are sealed anew by one statement. */
const batch = 500

export interface RotationResult {
  /** How many lay under the old key. */
  resealed: number
  /** How many lay under the new one already. */
  already: number
}

interface Place {
  readonly table: string
  /** Whose secret it is, as it is sealed with it. */
  contextOf(userId: string, id: string): string
}

interface SealedRow {
  userId: string
  id: string
  sealed: Buffer
}

/**
 * Brings every sealed secret under the new master key, all of them or none; it may be repeated. Who makes a signing key or
 * a webhook meanwhile waits. Throws when a secret opens under neither.
 */
export function rotateMasterKey(database: Database, from: Buffer, to: Buffer): Promise<RotationResult> {
  return database.transaction(async one => {
    const done = { resealed: 0, already: 0 }
    for (const place of places) {
      const { resealed, already } = await resealPlace(one, place, from, to)
      done.resealed += resealed
      done.already += already
    }
    return done
  })
}

async function resealPlace(one: Queryable, place: Place, from: Buffer, to: Buffer): Promise<RotationResult> {
  await one.query(`lock table ${place.table} in share row exclusive mode`)
  let rows = await after(one, place, '', '')
  const done = { resealed: 0, already: 0 }
  for (let last = rows.at(-1); last !== undefined; last = rows.at(-1)) {
    const old = rows.filter(row => !opens(place, row, to))
    await store(
      one,
      place,
      old.map(row => ({ ...row, sealed: resealed(place, row, from, to) })),
    )
    done.resealed += old.length
    done.already += rows.length - old.length
    rows = await after(one, place, last.userId, last.id)
  }
  return done
}

function after(queries: Queryable, { table }: Place, userId: string, id: string): Promise<SealedRow[]> {
  return queries.query<SealedRow>(
    `select user_id as "userId", id, sealed_secret as sealed from ${table} where (user_id, id) > ($1, $2)
     order by user_id, id limit ${batch}`,
    [userId, id],
  )
}

async function store(queries: Queryable, { table }: Place, rows: readonly SealedRow[]): Promise<void> {
  await queries.query(
    `update ${table} as k set sealed_secret = n.sealed
     from unnest($1::text[], $2::text[], $3::bytea[]) as n (user_id, id, sealed)
     where k.user_id = n.user_id and k.id = n.id`,
    [rows.map(({ userId }) => userId), rows.map(({ id }) => id), rows.map(({ sealed }) => sealed)],
  )
}

function opens({ contextOf }: Place, { userId, id, sealed }: SealedRow, key: Buffer): boolean {
  try {
    decryptSecret(key, sealed, contextOf(userId, id))
    return true
  } catch {
    return false
  }
}

function resealed({ contextOf }: Place, { userId, id, sealed }: SealedRow, from: Buffer, to: Buffer): Buffer {
  const context = contextOf(userId, id)
  return encryptSecret(to, decryptSecret(from, sealed, context), context)
}
