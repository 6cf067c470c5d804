import type { Database, Queryable } from './database.ts'
import { decryptSecret, encryptSecret } from './secret-encryption.ts'
import { signingKeySecretContext } from './signing-keys.ts'
import { webhookSecretContext } from './webhooks.ts'

/** The tables with encrypted secrets, each with the columns `user_id`, `id` and `sealed_secret`. */
export const secretTables: readonly SecretTable[] = [
  { name: 'signing_keys', contextOf: signingKeySecretContext },
  { name: 'webhooks', contextOf: webhookSecretContext },
]

/** The number of secrets that are re-encrypted by one statement. */
const batchSize = 500

export interface RotationResult {
  /** The number of secrets that were encrypted with the old key, and were re-encrypted with the new one. */
  resealed: number
  /** The number of secrets that were already encrypted with the new key before this call. */
  already: number
}

export interface SecretTable {
  readonly name: string
  /** Names the owner. A secret can be decrypted only with the context that it was encrypted with. */
  contextOf(userId: string, id: string): string
}

interface SecretRow {
  userId: string
  id: string
  encrypted: Buffer
}

/**
 * Encrypts every secret with the new master key, all of them or none. It can be run again. Transactions that
 * create a signing key or a webhook wait until it ends. Throws when a secret cannot be decrypted with either
 * key.
 */
export function rotateMasterKey(database: Database, from: Buffer, to: Buffer): Promise<RotationResult> {
  return database.transaction(async transaction => {
    const done = { resealed: 0, already: 0 }
    for (const table of secretTables) {
      const { resealed, already } = await rotateTable(transaction, table, from, to)
      done.resealed += resealed
      done.already += already
    }
    return done
  })
}

async function rotateTable(
  transaction: Queryable,
  table: SecretTable,
  from: Buffer,
  to: Buffer,
): Promise<RotationResult> {
  await transaction.query(`lock table ${table.name} in share row exclusive mode`)
  let rows = await loadAfter(transaction, table, '', '')
  const done = { resealed: 0, already: 0 }
  for (let last = rows.at(-1); last !== undefined; last = rows.at(-1)) {
    const old = rows.filter(row => !canDecrypt(table, row, to))
    await saveAll(
      transaction,
      table,
      old.map(row => ({ ...row, encrypted: reencrypt(table, row, from, to) })),
    )
    done.resealed += old.length
    done.already += rows.length - old.length
    rows = await loadAfter(transaction, table, last.userId, last.id)
  }
  return done
}

function loadAfter(
  transaction: Queryable,
  { name }: SecretTable,
  userId: string,
  id: string,
): Promise<SecretRow[]> {
  return transaction.query<SecretRow>(
    `select user_id as "userId", id, sealed_secret as encrypted from ${name} where (user_id, id) > ($1, $2)
     order by user_id, id limit ${batchSize}`,
    [userId, id],
  )
}

async function saveAll(
  transaction: Queryable,
  { name }: SecretTable,
  rows: readonly SecretRow[],
): Promise<void> {
  await transaction.query(
    `update ${name} as k set sealed_secret = n.encrypted
     from unnest($1::text[], $2::text[], $3::bytea[]) as n (user_id, id, encrypted)
     where k.user_id = n.user_id and k.id = n.id`,
    [rows.map(({ userId }) => userId), rows.map(({ id }) => id), rows.map(({ encrypted }) => encrypted)],
  )
}

function canDecrypt({ contextOf }: SecretTable, { userId, id, encrypted }: SecretRow, key: Buffer): boolean {
  try {
    decryptSecret(key, encrypted, contextOf(userId, id))
    return true
  } catch {
    return false
  }
}

function reencrypt(
  { contextOf }: SecretTable,
  { userId, id, encrypted }: SecretRow,
  from: Buffer,
  to: Buffer,
): Buffer {
  const context = contextOf(userId, id)
  return encryptSecret(to, decryptSecret(from, encrypted, context), context)
}
