import { RevalidatingCache } from '../cache/revalidating-cache.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import { createLastUseRecorder } from '../metadata/last-use-recorder.ts'
import type { SigningKeyRepository, SigningKeyWithSecret } from '../metadata/signing-keys.ts'
import type { UserLimits } from '../metadata/user-limits.ts'
import type { Fallback, UserRepository } from '../metadata/users.ts'
import { maxPathBytes } from '../url/path.ts'
import { findSigningKey, isExpired, isSignatureShaped } from '../url/signature.ts'
import { parseSignedUrl, parseUserId } from '../url/signed-url.ts'
import type { Terms } from './authorizer.ts'
import { RateLimit } from './rate-limit.ts'
import type { RequestRateLimiter } from './request-rate-limiter.ts'

/** What a verified URL grants. */
export interface Grant extends Terms {
  readonly path: string
  readonly userId: string
  /** When it ends, in Unix seconds; undefined for never. */
  readonly expires: number | undefined
  /** What is answered when heavy work takes too long; null for an error. */
  readonly fallback: Fallback | null
}

/** How long a user's keys count as known, in milliseconds: a revocation is felt everywhere after it. */
const keysFreshMs = 500

/** How often a second a key that is not known is looked for, of each user: more often it is somebody who guesses. */
const mostLooks = 20

/** Who signs: what every request needs to know of its user. */
interface SigningContext {
  readonly ring: readonly SigningKeyWithSecret[]
  readonly presetsOnly: boolean
  readonly fallback: Fallback | null
  readonly limits: UserLimits | null
}

/** Checks signatures on the raw bytes of a URL, before anything of it is parsed, and counts what was signed. */
export function createVerifier(
  signingKeys: Pick<SigningKeyRepository, 'listWithSecrets' | 'recordUse'>,
  users: Pick<UserRepository, 'findById'>,
  rates: Pick<RequestRateLimiter, 'take'>,
): (rawUrl: string) => Promise<Grant> {
  const signatories = new RevalidatingCache<SigningContext>({
    max: 10_000,
    revalidateAfterMs: keysFreshMs,
    async load(userId) {
      const [ring, user] = await Promise.all([signingKeys.listWithSecrets(userId), users.findById(userId)])
      if (user === undefined || ring.length === 0) return undefined
      const { presetsOnly, fallback, limits } = user
      return { ring, presetsOnly, fallback, limits }
    },
  })
  const noteUse = createLastUseRecorder(key => {
    const [userId = '', keyId = ''] = key.split('/')
    return signingKeys.recordUse(userId, keyId)
  })
  const looks = new RateLimit({ most: mostLooks, withinMs: 1_000 })
  /** A key may have been made a moment ago, by another process. */
  const withKey = async (userId: string, keyId: string | undefined) => {
    const known = await signatories.get(userId)
    const isKnown = keyId === undefined || known?.ring.some(({ id }) => id === keyId)
    return known && !isKnown && looks.tryTake(userId) ? signatories.revalidate(userId) : known
  }
  return async rawUrl => {
    const request = parseSignedUrl(rawUrl)
    if (request.path.length > maxPathBytes) {
      throw new DarkroomError('url-too-long', `the path has more than ${maxPathBytes} bytes`)
    }
    const userId = parseUserId(request.path)
    // an unsigned request must not even cost a look at the database
    const mayBeSigned = userId !== undefined && isSignatureShaped(request.s)
    const signatory = mayBeSigned ? await withKey(userId, request.k) : undefined
    const key = signatory && findSigningKey(signatory.ring, request)
    if (userId === undefined || signatory === undefined || key === undefined) {
      const problem = request.s === undefined ? 'the URL has no signature' : 'the signature is wrong'
      throw new DarkroomError('bad-signature', problem)
    }
    if (isExpired(request.e, Date.now())) throw new DarkroomError('expired', 'the URL has expired')
    noteUse(`${userId}/${key.id}`)
    const { presetsOnly, fallback, limits } = signatory
    // only now: nobody else may use up what the user has
    rates.take(userId, limits)
    return {
      path: request.path,
      userId,
      expires: request.e === undefined ? undefined : Number(request.e),
      policy: request.p,
      presetsOnly,
      fallback,
      limits,
    }
  }
}
