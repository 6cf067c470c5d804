import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { RevalidatingCache } from '../cache/revalidating-cache.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import type { ApiKey, ApiKeyOwner, ApiKeyRepository } from '../metadata/api-keys.ts'
import { randomId } from '../metadata/ids.ts'
import { createLastUseRecorder } from '../metadata/last-use-recorder.ts'
import type { Principal } from './accounts.ts'
import { type Scope, scopesOf } from './scopes.ts'
import { sha256 } from './sha256.ts'

/** The prefix of every API key, so that a leaked key is recognized wherever it turns up. */
export const apiKeyPrefix = 'drk_'

export interface ApiKeyRequest {
  readonly name: string
  readonly scopes: readonly Scope[]
  /** Null for a key that never expires. */
  readonly expiresAt: Date | null
}

export interface ApiKeyParts {
  readonly keys: ApiKeyRepository
  /** The owners of keys, cached for requests. */
  readonly owners: Pick<RevalidatingCache<ApiKeyOwner>, 'get' | 'invalidate'>
}

export type ApiKeys = ReturnType<typeof createApiKeys>

/** API keys, which programs authenticate with: `drk_<id>_<secret>`, where the secret is 32 random bytes. */
export function createApiKeys({ keys, owners }: ApiKeyParts) {
  const recordUse = createLastUseRecorder(id => keys.recordUse(id))

  return {
    /**
     * Creates a key, which cannot have more scopes or a longer lifetime than its creator.
     * @throws DarkroomError `forbidden`, `bad-request` or `conflict`
     */
    async issue(creator: Principal, request: ApiKeyRequest): Promise<ApiKey & { secret: string }> {
      requireWithin(creator, request)
      const id = randomId(12)
      const secret = `${apiKeyPrefix}${id}_${randomBytes(32).toString('base64url')}`
      const scopes = [...new Set(request.scopes)]
      const key = { id, name: request.name, scopes, expiresAt: request.expiresAt, secretHash: sha256(secret) }
      return { ...(await keys.create(creator.userId, key)), secret }
    },

    /** The principal of a key; undefined when the key is unknown, expired or malformed. */
    async authenticate(text: string): Promise<Principal | undefined> {
      const [, id] = /^drk_([a-z0-9]{12})_[\w-]{43}$/.exec(text) ?? []
      const owner = id === undefined ? undefined : await owners.get(id)
      if (id === undefined || owner === undefined) return undefined
      if (!timingSafeEqual(owner.secretHash, sha256(text))) return undefined
      if (owner.expiresAt !== null && owner.expiresAt.getTime() <= Date.now()) return undefined
      recordUse(id)
      return principalOf(id, owner)
    },

    /** @throws DarkroomError `not-found` when the user has no such key */
    async revoke(userId: string, id: string): Promise<void> {
      const removed = await keys.remove(userId, id)
      owners.invalidate(id)
      if (!removed) throw new DarkroomError('not-found', 'there is no such API key')
    },
  }
}

function principalOf(id: string, { userId, role, scopes, expiresAt }: ApiKeyOwner): Principal {
  const allowed = [...scopesOf(role)].filter(scope => scopes.includes(scope))
  return {
    userId,
    role: allowed.includes('admin') ? role : 'member',
    scopes: new Set(allowed),
    credential: { kind: 'key', id, expiresAt },
  }
}

/** The first time that JavaScript prints with more than four digits of a year. */
const yearTenThousand = Date.UTC(10_000, 0)

function requireWithin({ scopes, credential }: Principal, request: ApiKeyRequest): void {
  const beyond = request.scopes.find(scope => !scopes.has(scope))
  if (beyond !== undefined) {
    throw new DarkroomError(
      'forbidden',
      `scopes: ${beyond} is not allowed, expected a subset of your own scopes`,
    )
  }
  const { expiresAt } = request
  // JavaScript has no leap seconds, although the format of a time has, and prints later years in another form
  if (expiresAt !== null && !(expiresAt.getTime() < yearTenThousand)) {
    throw new DarkroomError(
      'bad-request',
      'expiresAt: must be a time before the year 10000, without leap seconds',
    )
  }
  if (expiresAt !== null && expiresAt.getTime() <= Date.now()) {
    throw new DarkroomError('bad-request', 'expiresAt: must be in the future')
  }
  const end = credential.kind === 'key' ? credential.expiresAt : null
  if (end !== null && (expiresAt === null || expiresAt > end)) {
    const detail = `expiresAt: must not be after ${end.toISOString()}, when the key of this request expires`
    throw new DarkroomError('forbidden', detail)
  }
}
