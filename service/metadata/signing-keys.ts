import { randomBytes } from 'node:crypto'
import { DarkroomError } from '../errors/catalogue.ts'
import { onlyRow, type Queries } from './database.ts'
import { randomId } from './ids.ts'
import { seal, unseal } from './sealing.ts'

/** `active` signs and verifies, `retiring` only verifies, `revoked` is refused and stays so. */
export type KeyState = 'active' | 'retiring' | 'revoked'

/** What may be shown of a key at any time. */
export interface SigningKey {
  id: string
  state: KeyState
  createdAt: Date
}

/** A key with its 32 bytes, which go nowhere but to the signer, and once to the user who made it. */
export interface OpenSigningKey extends SigningKey {
  secret: Buffer
}

export type SigningKeys = ReturnType<typeof createSigningKeys>

type SealedKey = SigningKey & { sealed: Buffer }

const columns = 'id, state, created_at as "createdAt"'
const secretBytes = 32

/** The keys that a user's URLs are signed with, sealed at rest under the master key (32 bytes). */
export function createSigningKeys(db: Queries, masterKey: Buffer) {
  const context = (userId: string, keyId: string) => `signing-key:${userId}/${keyId}`
  const opened = (userId: string, { sealed, ...key }: SealedKey): OpenSigningKey => ({
    ...key,
    secret: unseal(masterKey, sealed, context(userId, key.id)),
  })

  return {
    /** Makes an active key with a random secret. */
    async create(userId: string): Promise<OpenSigningKey> {
      const id = randomId(8)
      const secret = randomBytes(secretBytes)
      const rows = await db.query<SigningKey>(
        `insert into signing_keys (user_id, id, sealed_secret, state) values ($1, $2, $3, 'active') returning ${columns}`,
        [userId, id, seal(masterKey, secret, context(userId, id))],
      )
      return { ...onlyRow(rows), secret }
    },

    /** Every key of a user, the revoked ones too (a verifier must know them to refuse them), newest first. */
    async ring(userId: string): Promise<OpenSigningKey[]> {
      const keys = await db.query<SealedKey>(
        `select ${columns}, sealed_secret as sealed from signing_keys where user_id = $1 order by created_at desc, id`,
        [userId],
      )
      return keys.map(key => opened(userId, key))
    },

    /** The key to sign with; undefined when the user has no active one. */
    async newestActive(userId: string): Promise<OpenSigningKey | undefined> {
      const [key] = await db.query<SealedKey>(
        `select ${columns}, sealed_secret as sealed from signing_keys
         where user_id = $1 and state = 'active' order by created_at desc, id limit 1`,
        [userId],
      )
      return key && opened(userId, key)
    },

    /** The keys of a user without their secrets, newest first. */
    list(userId: string): Promise<SigningKey[]> {
      return db.query<SigningKey>(
        `select ${columns} from signing_keys where user_id = $1 order by created_at desc, id`,
        [userId],
      )
    },

    /** Opens the newest keys of all users (at most 1000) and returns how many. Throws when one does not open. */
    async check(): Promise<number> {
      const keys = await db.query<SealedKey & { userId: string }>(
        `select ${columns}, user_id as "userId", sealed_secret as sealed from signing_keys
         order by created_at desc limit 1000`,
      )
      for (const { userId, ...key } of keys) opened(userId, key)
      return keys.length
    },

    /** Changes a key's state; undefined when the user has no such key. Throws `conflict` to bring back a revoked one. */
    async setState(userId: string, keyId: string, state: KeyState): Promise<SigningKey | undefined> {
      const [key] = await db.query<SigningKey>(
        `update signing_keys set state = case when state = 'revoked' then state else $3 end
         where user_id = $1 and id = $2 returning ${columns}`,
        [userId, keyId, state],
      )
      if (key && key.state !== state) {
        throw new DarkroomError('conflict', `signing key ${keyId} is revoked and stays so`)
      }
      return key
    },
  }
}
