import type { Database, Queries } from './database.ts'
import { seal, unseal } from './sealing.ts'
import { signingKeyContext } from './signing-keys.ts'

/** How many secrets are sealed anew by one statement. */
const batch = 500

export interface Resealed {
  /** How many lay under the old key. */
  resealed: number
  /** How many lay under the new one already. */
  already: number
}

interface SealedRow {
  userId: string
  id: string
  sealed: Buffer
}

/**
 * Brings every sealed secret under the new master key, all of them or none; it may be repeated. Who makes a signing key
 * meanwhile waits. Throws when a secret opens under neither.
 */
export function resealAll(database: Database, from: Buffer, to: Buffer): Promise<Resealed> {
  return database.transaction(async one => {
    await one.query('lock table signing_keys in share row exclusive mode')
    let rows = await after(one, '', '')
    const done = { resealed: 0, already: 0 }
    for (let last = rows.at(-1); last !== undefined; last = rows.at(-1)) {
      const old = rows.filter(row => !opens(row, to))
      await store(
        one,
        old.map(row => ({ ...row, sealed: resealed(row, from, to) })),
      )
      done.resealed += old.length
      done.already += rows.length - old.length
      rows = await after(one, last.userId, last.id)
    }
    return done
  })
}

function after(queries: Queries, userId: string, id: string): Promise<SealedRow[]> {
  return queries.query<SealedRow>(
    `select user_id as "userId", id, sealed_secret as sealed from signing_keys where (user_id, id) > ($1, $2)
     order by user_id, id limit ${batch}`,
    [userId, id],
  )
}

async function store(queries: Queries, rows: readonly SealedRow[]): Promise<void> {
  await queries.query(
    `update signing_keys as k set sealed_secret = n.sealed
     from unnest($1::text[], $2::text[], $3::bytea[]) as n (user_id, id, sealed)
     where k.user_id = n.user_id and k.id = n.id`,
    [rows.map(({ userId }) => userId), rows.map(({ id }) => id), rows.map(({ sealed }) => sealed)],
  )
}

function opens({ userId, id, sealed }: SealedRow, key: Buffer): boolean {
  try {
    unseal(key, sealed, signingKeyContext(userId, id))
    return true
  } catch {
    return false
  }
}

function resealed({ userId, id, sealed }: SealedRow, from: Buffer, to: Buffer): Buffer {
  const context = signingKeyContext(userId, id)
  return seal(to, unseal(from, sealed, context), context)
}
