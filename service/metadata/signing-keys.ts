import { randomBytes } from 'node:crypto'
import { DarkroomError } from '../errors/catalogue.ts'
import { onlyRow, type Queryable } from './database.ts'
import { randomId } from './ids.ts'
import { decryptSecretWithAny, encryptSecret } from './secret-encryption.ts'

/** `active` signs and verifies, `retiring` only verifies, `revoked` is refused and stays so. */
export type SigningKeyState = 'active' | 'retiring' | 'revoked'

/** What may be shown of a key at any time. */
export interface SigningKey {
  id: string
  state: SigningKeyState
  createdAt: Date
  /** When a URL was verified by it last, to the minute; null for never. */
  lastUsedAt: Date | null
}

/** A key with its 32 bytes, which go nowhere but to the signer, and once to the user who made it. */
export interface SigningKeyWithSecret extends SigningKey {
  secret: Buffer
}

type SealedKey = SigningKey & { sealed: Buffer }

const columns = 'id, state, created_at as "createdAt", last_used_at as "lastUsedAt"'
const secretBytes = 32

/** How many keys a user may have that are not revoked. */
const maxPerUser = 20
/** How many revoked ones are remembered of each user; one that is forgotten is refused as unknown. */
const maxRevoked = 100

/** Whose secret it is, as it is sealed with it. */
export function signingKeySecretContext(userId: string, keyId: string): string {
  return `signing-key:${userId}/${keyId}`
}

/**
 * The keys that a user's URLs are signed with, sealed at rest under the master key (32 bytes). While that is changed,
 * keys under the new one open, too, and none are made: nobody could say under which.
 */
export class SigningKeyRepository {
  readonly #db: Queryable
  readonly #masterKey: Buffer
  readonly #newMasterKey: Buffer | undefined

  constructor(db: Queryable, masterKey: Buffer, newMasterKey?: Buffer) {
    this.#db = db
    this.#masterKey = masterKey
    this.#newMasterKey = newMasterKey
  }

  /**
   * Makes an active key with a random secret. Throws `conflict` when the user has too many, `unavailable` while the
   * master key is changed.
   */
  async create(userId: string): Promise<SigningKeyWithSecret> {
    if (this.#newMasterKey) {
      throw new DarkroomError('unavailable', 'the master key is being changed: no signing keys are made now')
    }
    const id = randomId(8)
    const secret = randomBytes(secretBytes)
    const rows = await this.#db.query<SigningKey>(
      `insert into signing_keys (user_id, id, sealed_secret, state) select $1, $2, $3, 'active'
       where (select count(*) from signing_keys where user_id = $1 and state <> 'revoked') < ${maxPerUser}
       returning ${columns}`,
      [userId, id, encryptSecret(this.#masterKey, secret, signingKeySecretContext(userId, id))],
    )
    if (rows.length === 0) {
      throw new DarkroomError('conflict', `there are ${maxPerUser} signing keys that are not revoked already`)
    }
    await this.#db.query(
      `delete from signing_keys where user_id = $1 and id in (
         select id from signing_keys where user_id = $1 and state = 'revoked'
         order by created_at desc, id offset ${maxRevoked})`,
      [userId],
    )
    return { ...onlyRow(rows), secret }
  }

  /** Every key of a user, the revoked ones too (a verifier must know them to refuse them), newest first. */
  async listWithSecrets(userId: string): Promise<SigningKeyWithSecret[]> {
    const keys = await this.#db.query<SealedKey>(
      `select ${columns}, sealed_secret as sealed from signing_keys where user_id = $1 order by created_at desc, id`,
      [userId],
    )
    return keys.map(key => this.#decrypt(userId, key))
  }

  /** The key to sign with; undefined when the user has no active one. */
  async findNewestActive(userId: string): Promise<SigningKeyWithSecret | undefined> {
    const [key] = await this.#db.query<SealedKey>(
      `select ${columns}, sealed_secret as sealed from signing_keys
       where user_id = $1 and state = 'active' order by created_at desc, id limit 1`,
      [userId],
    )
    return key && this.#decrypt(userId, key)
  }

  /** The keys of a user without their secrets, newest first. */
  list(userId: string): Promise<SigningKey[]> {
    return this.#db.query<SigningKey>(
      `select ${columns} from signing_keys where user_id = $1 order by created_at desc, id`,
      [userId],
    )
  }

  /** Notes that a key has verified a URL, once a minute however many processes see it. */
  async recordUse(userId: string, keyId: string): Promise<void> {
    await this.#db.query(
      `update signing_keys set last_used_at = now()
       where user_id = $1 and id = $2 and (last_used_at is null or last_used_at < now() - interval '1 minute')`,
      [userId, keyId],
    )
  }

  /** Opens the newest keys of all users (at most 1000) and returns how many. Throws when one does not open. */
  async verifySecrets(): Promise<number> {
    const keys = await this.#db.query<SealedKey & { userId: string }>(
      `select ${columns}, user_id as "userId", sealed_secret as sealed from signing_keys
       order by created_at desc limit 1000`,
    )
    for (const { userId, ...key } of keys) this.#decrypt(userId, key)
    return keys.length
  }

  /** Changes a key's state; undefined when the user has no such key. Throws `conflict` to bring back a revoked one. */
  async setState(userId: string, keyId: string, state: SigningKeyState): Promise<SigningKey | undefined> {
    const [key] = await this.#db.query<SigningKey>(
      `update signing_keys set state = case when state = 'revoked' then state else $3 end
       where user_id = $1 and id = $2 returning ${columns}`,
      [userId, keyId, state],
    )
    if (key && key.state !== state) {
      throw new DarkroomError('conflict', `signing key ${keyId} is revoked and stays so`)
    }
    return key
  }

  #decrypt(userId: string, { sealed, ...key }: SealedKey): SigningKeyWithSecret {
    const masterKeys = this.#newMasterKey ? [this.#masterKey, this.#newMasterKey] : [this.#masterKey]
    return {
      ...key,
      secret: decryptSecretWithAny(masterKeys, sealed, signingKeySecretContext(userId, key.id)),
    }
  }
}
