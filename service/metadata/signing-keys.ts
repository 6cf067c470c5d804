import { randomBytes } from 'node:crypto'
import { DarkroomError } from '../errors/catalogue.ts'
import { onlyRow, type Queryable } from './database.ts'
import { randomId } from './ids.ts'
import { SecretCipher } from './secret-encryption.ts'
import { withUserLock } from './user-lock.ts'

/** `active` signs and verifies, `retiring` only verifies, `revoked` is rejected permanently. */
export type SigningKeyState = 'active' | 'retiring' | 'revoked'

/** A signing key without its secret, as lists show it. */
export interface SigningKey {
  id: string
  state: SigningKeyState
  createdAt: Date
  /** When a URL was last verified with the key, to the minute; null for never. */
  lastUsedAt: Date | null
}

/** A key with its 32-byte secret, which is used for signing and shown once to the user who created it. */
export interface SigningKeyWithSecret extends SigningKey {
  secret: Buffer
}

type EncryptedKey = SigningKey & { encrypted: Buffer }

const columns = 'id, state, created_at as "createdAt", last_used_at as "lastUsedAt"'
const secretBytes = 32

/** The number of keys that a user may have, not counting revoked ones. */
const maxPerUser = 20
/**
 * The number of revoked keys that are kept of each user. A key that is no longer kept is rejected as unknown.
 */
const maxRevoked = 100

/** The context that the secret is bound to when it is encrypted. */
export function signingKeySecretContext(userId: string, keyId: string): string {
  return `signing-key:${userId}/${keyId}`
}

/**
 * The keys that users' URLs are signed with, encrypted at rest with the master key (32 bytes). While the
 * master key is rotated, secrets can be decrypted with either key, but no keys are created.
 */
export class SigningKeyRepository {
  readonly #db: Queryable
  readonly #cipher: SecretCipher

  constructor(db: Queryable, masterKey: Buffer, newMasterKey?: Buffer) {
    this.#db = db
    this.#cipher = new SecretCipher({ masterKey, newMasterKey, owners: 'signing keys' })
  }

  /**
   * Creates an active key with a random secret.
   * @throws DarkroomError `conflict` when the user has too many keys, `unavailable` while the master key is
   * rotated
   */
  async create(userId: string): Promise<SigningKeyWithSecret> {
    const id = randomId(8)
    const secret = randomBytes(secretBytes)
    const encrypted = this.#cipher.encrypt(secret, signingKeySecretContext(userId, id))
    const rows = await withUserLock(this.#db, { userId, table: 'signing_keys' }, locked =>
      locked.query<SigningKey>(
        `insert into signing_keys (user_id, id, sealed_secret, state) select $1, $2, $3, 'active'
         where (select count(*) from signing_keys where user_id = $1 and state <> 'revoked') < ${maxPerUser}
         returning ${columns}`,
        [userId, id, encrypted],
      ),
    )
    if (rows.length === 0) {
      throw new DarkroomError(
        'conflict',
        `a user may have at most ${maxPerUser} signing keys that are not revoked`,
      )
    }
    await this.#db.query(
      `delete from signing_keys where user_id = $1 and id in (
         select id from signing_keys where user_id = $1 and state = 'revoked'
         order by created_at desc, id offset ${maxRevoked})`,
      [userId],
    )
    return { ...onlyRow(rows), secret }
  }

  /** All keys of a user, newest first, including revoked ones: a verifier has to know a key to reject it. */
  async listWithSecrets(userId: string): Promise<SigningKeyWithSecret[]> {
    const keys = await this.#db.query<EncryptedKey>(
      `select ${columns}, sealed_secret as encrypted from signing_keys where user_id = $1 order by created_at desc, id`,
      [userId],
    )
    return keys.map(key => this.#decrypt(userId, key))
  }

  /** The key to sign with; undefined when the user has no active key. */
  async findNewestActive(userId: string): Promise<SigningKeyWithSecret | undefined> {
    const [key] = await this.#db.query<EncryptedKey>(
      `select ${columns}, sealed_secret as encrypted from signing_keys
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

  /** Sets the last use of a key, at most once a minute across all processes. */
  async recordUse(userId: string, keyId: string): Promise<void> {
    await this.#db.query(
      `update signing_keys set last_used_at = now()
       where user_id = $1 and id = $2 and (last_used_at is null or last_used_at < now() - interval '1 minute')`,
      [userId, keyId],
    )
  }

  /**
   * Decrypts the newest keys of all users (at most 1,000) and returns their number. Throws when one cannot be
   * decrypted.
   */
  async verifySecrets(): Promise<number> {
    const keys = await this.#db.query<EncryptedKey & { userId: string }>(
      `select ${columns}, user_id as "userId", sealed_secret as encrypted from signing_keys
       order by created_at desc limit 1000`,
    )
    for (const { userId, ...key } of keys) this.#decrypt(userId, key)
    return keys.length
  }

  /**
   * Changes a key's state; undefined when the user has no such key.
   * @throws DarkroomError `conflict` for a revoked key
   */
  async setState(userId: string, keyId: string, state: SigningKeyState): Promise<SigningKey | undefined> {
    const [key] = await this.#db.query<SigningKey>(
      `update signing_keys set state = case when state = 'revoked' then state else $3 end
       where user_id = $1 and id = $2 returning ${columns}`,
      [userId, keyId, state],
    )
    if (key && key.state !== state) {
      throw new DarkroomError('conflict', `state: signing key ${keyId} is revoked, which is permanent`)
    }
    return key
  }

  #decrypt(userId: string, { encrypted, ...key }: EncryptedKey): SigningKeyWithSecret {
    return { ...key, secret: this.#cipher.decrypt(encrypted, signingKeySecretContext(userId, key.id)) }
  }
}
