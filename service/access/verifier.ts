import { accountKey, type Changes } from '../cache/change-log.ts'
import { RevalidatingCache } from '../cache/revalidating-cache.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import { createLastUseRecorder } from '../metadata/last-use-recorder.ts'
import type { SigningKeyRepository, SigningKeyWithSecret } from '../metadata/signing-keys.ts'
import type { Fallback, UserRepository } from '../metadata/users.ts'
import { parseDownload } from '../url/download.ts'
import { maxPathBytes } from '../url/path.ts'
import { findSigningKey, isExpired, isSignatureShaped } from '../url/signature.ts'
import { parseSignedUrl, parseUserId } from '../url/signed-url.ts'
import { accountTerms, type Terms } from './authorizer.ts'
import { RateLimit } from './rate-limit.ts'
import type { RequestRateLimiter } from './request-rate-limiter.ts'

/** The rights that a verified URL gives. */
export interface Grant extends Terms {
  readonly path: string
  readonly userId: string
  /** When the URL expires, in Unix seconds; undefined for never. */
  readonly expires: number | undefined
  /** The file name under which a browser is to save the image; undefined to show it. */
  readonly download: string | undefined
  /** The image that is served when heavy work takes too long; null for an error. */
  readonly fallback: Fallback | null
}

/** The most reloads of a user's keys per second. An unknown key id causes one, so guessed ids could cause many. */
const maxReloads = 20

/** The facts about a user that are needed for each request signed with one of their keys. */
interface SigningContext {
  readonly ring: readonly SigningKeyWithSecret[]
  readonly terms: Omit<Terms, 'policy'>
  readonly fallback: Fallback | null
}

interface VerifierParts {
  readonly signingKeys: Pick<SigningKeyRepository, 'listWithSecrets' | 'recordUse'>
  readonly users: Pick<UserRepository, 'findById'>
  readonly rates: Pick<RequestRateLimiter, 'take'>
  readonly changes: Changes
}

/** Verifies the signature on the raw bytes of a URL, before it is parsed, and counts the request. */
export type Verify = (rawUrl: string) => Promise<Grant>

export function createVerifier(parts: VerifierParts): Verify {
  const { signingKeys, rates } = parts
  const findContext = createContextLookup(parts)
  const recordUse = createLastUseRecorder(key => {
    const [userId = '', keyId = ''] = key.split('/')
    return signingKeys.recordUse(userId, keyId)
  })
  return async rawUrl => {
    const request = parseSignedUrl(rawUrl)
    if (request.path.length > maxPathBytes) {
      throw new DarkroomError('url-too-long', `path: longer than ${maxPathBytes} bytes`)
    }
    const userId = parseUserId(request.path)
    // an unsigned request must not cost a database query
    const mayBeSigned = userId !== undefined && isSignatureShaped(request.s)
    const context = mayBeSigned ? await findContext(userId, request.k) : undefined
    const key = context && findSigningKey(context.ring, request)
    if (userId === undefined || context === undefined || key === undefined) {
      const problem = request.s === undefined ? 'the URL has no signature' : 'the signature is wrong'
      throw new DarkroomError('bad-signature', problem)
    }
    if (isExpired(request.e, Date.now())) throw new DarkroomError('expired', 'the URL has expired')
    recordUse(`${userId}/${key.id}`)
    const { terms, fallback } = context
    // counted after verification, so that forged URLs cannot use up a user's rate
    rates.take(userId, terms.limits)
    const download = request.dl === undefined ? undefined : parseDownload(request.dl)
    return {
      path: request.path,
      userId,
      expires: request.e === undefined ? undefined : Number(request.e),
      policy: request.p,
      ...terms,
      download,
      // the saved file would contain another image
      fallback: download === undefined ? fallback : null,
    }
  }
}

function createContextLookup({ signingKeys, users, changes }: VerifierParts) {
  const contexts = new RevalidatingCache<SigningContext>({
    max: 10_000,
    async load(userId) {
      const [ring, user] = await Promise.all([signingKeys.listWithSecrets(userId), users.findById(userId)])
      if (user === undefined || ring.length === 0) return undefined
      return { ring, terms: accountTerms(user), fallback: user.fallback }
    },
    watching: { changes, keysOf: userId => [accountKey(userId)] },
  })
  const reloads = new RateLimit({ max: maxReloads, windowMs: 1_000 })
  return async (userId: string, keyId: string | undefined): Promise<SigningContext | undefined> => {
    const context = await contexts.get(userId)
    const isKnown = keyId === undefined || context?.ring.some(({ id }) => id === keyId)
    // another process may have created the key within the cache time
    return context && !isKnown && reloads.tryTake(userId) ? contexts.revalidate(userId) : context
  }
}
