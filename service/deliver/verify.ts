import { DarkroomError } from '../errors/catalogue.ts'
import type { OpenSigningKey, SigningKeys } from '../metadata/signing-keys.ts'
import { readSignature, userIdOf } from '../url/message.ts'
import { maxPathBytes } from '../url/path.ts'
import { expired, hasSignatureForm, verify } from '../url/signature.ts'
import { FreshValues } from './fresh.ts'

/** What a verified URL grants. */
export interface Grant {
  readonly path: string
  readonly userId: string
  /** When it ends, in Unix seconds; undefined for never. */
  readonly expires: number | undefined
}

/** How long a user's keys count as known, in milliseconds: a revocation is felt everywhere after it. */
const keysFreshMs = 500

/** Checks signatures on the raw bytes of a URL, before anything of it is parsed. */
export function createVerifier(signingKeys: SigningKeys): (rawUrl: string) => Promise<Grant> {
  const rings = new FreshValues<OpenSigningKey[]>({
    max: 10_000,
    freshMs: keysFreshMs,
    async load(userId) {
      const ring = await signingKeys.ring(userId)
      return ring.length > 0 ? ring : undefined
    },
  })
  return async rawUrl => {
    const request = readSignature(rawUrl)
    if (request.path.length > maxPathBytes) {
      throw new DarkroomError('url-too-long', `the path has more than ${maxPathBytes} bytes`)
    }
    const userId = userIdOf(request.path)
    // an unsigned request must not even cost a look at the database
    const ring = userId !== undefined && hasSignatureForm(request.s) ? ((await rings.get(userId)) ?? []) : []
    if (userId === undefined || verify(ring, request) === undefined) {
      const problem = request.s === undefined ? 'the URL has no signature' : 'the signature is wrong'
      throw new DarkroomError('bad-signature', problem)
    }
    // policies authorise nothing before they exist
    if (request.p !== undefined) throw new DarkroomError('bad-signature', 'the policy is unknown')
    if (expired(request.e, Date.now())) throw new DarkroomError('expired', 'the URL has expired')
    return { path: request.path, userId, expires: request.e === undefined ? undefined : Number(request.e) }
  }
}
