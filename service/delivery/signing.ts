import { requireOriginals, type Terms, termsOfUser } from '../access/authorizer.ts'
import type { PolicyStore } from '../access/policy-store.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import { withField } from '../errors/with-field.ts'
import type { SigningKeyRepository, SigningKeyWithSecret } from '../metadata/signing-keys.ts'
import type { UserRepository } from '../metadata/users.ts'
import type { Operations } from '../operations/registry.ts'
import { derivativeKey } from '../storage/keys.ts'
import { printDownload } from '../url/download.ts'
import { parseDerivative, parseFormat, parseOriginal } from '../url/grammar.ts'
import { parseJsonStep } from '../url/json-step.ts'
import { printDerivative, printOriginal } from '../url/print.ts'
import { signMessage } from '../url/signature.ts'
import { printSignedUrl, type SignedParts, signatureMessage } from '../url/signed-url.ts'
import type { StepInput } from '../url/step.ts'
import type { ImageDirectory } from './image-directory.ts'
import { parseOwnPath, underPolicy } from './own-address.ts'
import type { Resolve } from './resolve.ts'

/** Ten years in seconds; a URL that is to be valid for longer has no expiry. */
export const maxExpiresIn = 315_360_000

/** A path to sign, or an image with operations. */
export type SigningRequest = {
  readonly expiresIn?: number | undefined
  /** The name of a policy; the signature is then valid for every transform of the image that the policy allows. */
  readonly policy?: string | undefined
  /** The file name under which a browser is to save the image. */
  readonly download?: string | undefined
} & (
  | { readonly path: string }
  | { readonly imageId: string; readonly operations: readonly StepInput[]; readonly format: string }
)

/** A signed URL. */
export interface SignedUrl {
  /** Absolute, with the service's public URL as its base. */
  readonly url: string
  /** Path and query, for any host. */
  readonly path: string
  /** Unix seconds; null for never. */
  readonly expires: number | null
}

export interface SigningParts {
  readonly operations: Operations
  readonly resolve: Resolve
  readonly policies: Pick<PolicyStore, 'find'>
  readonly directory: ImageDirectory
  readonly signingKeys: SigningKeyRepository
  readonly users: Pick<UserRepository, 'findById'>
  readonly publicUrl: string
}

/** Signs a user's URLs with their newest active key. */
export interface Signer {
  /**
   * Signs a path that the image route would serve.
   * @throws DarkroomError the error of the image route for this path; `not-found` for an unknown policy and for another
   *   user's path; `conflict` when the user has no active key
   */
  sign(userId: string, request: SigningRequest): Promise<SignedUrl>
  /**
   * Signs all or none, in their order.
   * @throws DarkroomError `bad-request` with the index of a refused request; otherwise what `sign` throws
   */
  signAll(userId: string, requests: readonly SigningRequest[]): Promise<SignedUrl[]>
  /**
   * Returns a function that makes URLs of the user's originals, without expiry; unsigned when the user has no active
   * key, or no right to originals.
   */
  originalUrls(userId: string): Promise<(image: { id: string; extension: string }) => string>
  /**
   * The same for derivatives by their canonical names; undefined without an active key, and for users with presets
   * only.
   */
  derivativeUrls(userId: string): Promise<((file: string) => string) | undefined>
}

export function createSigner(parts: SigningParts): Signer {
  const { signingKeys, users, publicUrl } = parts
  return {
    async sign(userId, request) {
      return signOne(parts, await signingContext(parts, userId), request)
    },
    async signAll(userId, requests) {
      const context = await signingContext(parts, userId)
      const signed: SignedUrl[] = []
      for (const [index, request] of requests.entries()) {
        const signing = signOne(parts, context, request)
        signed.push(await signing.catch(error => Promise.reject(withField(error, String(index)))))
      }
      return signed
    },
    async derivativeUrls(userId) {
      const [key, { presetsOnly }] = await Promise.all([
        signingKeys.findNewestActive(userId),
        termsOfUser(users, userId),
      ])
      if (key === undefined || presetsOnly) return undefined
      return file => publicUrl + signPath(key, { path: `/${derivativeKey(userId, file)}` })
    },
    async originalUrls(userId) {
      const [key, { originals }] = await Promise.all([
        signingKeys.findNewestActive(userId),
        termsOfUser(users, userId),
      ])
      return ({ id, extension }) => {
        const path = printOriginal({ userId, imageId: id, extension })
        return publicUrl + (key && originals ? signPath(key, { path }) : path)
      }
    },
  }
}

/** The values that all signatures of one call share. */
interface SigningContext {
  readonly userId: string
  readonly key: SigningKeyWithSecret
  readonly terms: Terms
}

async function signingContext({ signingKeys, users }: SigningParts, userId: string): Promise<SigningContext> {
  const [key, terms] = await Promise.all([signingKeys.findNewestActive(userId), termsOfUser(users, userId)])
  if (key === undefined) throw new DarkroomError('conflict', 'there is no active signing key')
  return { userId, key, terms }
}

async function signOne(
  parts: SigningParts,
  context: SigningContext,
  request: SigningRequest,
): Promise<SignedUrl> {
  const path = 'path' in request ? request.path : printRequest(parts.operations, context.userId, request)
  if (/[?#]/.test(path)) throw new DarkroomError('bad-url', 'path: must have no query or fragment')
  const { policy, expiresIn, download } = request
  const dl = download === undefined ? undefined : printDownload(download)
  if (path.startsWith('/raw/')) await checkOriginal(parts, context, path, policy)
  else await checkDerivative(parts, context, path, policy)
  const expires = expiresIn === undefined ? null : Math.floor(Date.now() / 1000) + expiresIn
  const e = expires === null ? undefined : String(expires)
  const signed = signPath(context.key, { path, e, p: policy, dl })
  return { url: parts.publicUrl + signed, path: signed, expires }
}

function signPath(key: SigningKeyWithSecret, signed: Omit<SignedParts, 'k'>): string {
  const parts = { ...signed, k: key.id }
  const message = signatureMessage(parts)
  if (message === undefined)
    throw new DarkroomError(
      'bad-url',
      'path: cannot be signed with a policy, expected /processed/<userId>/<imageId>…',
    )
  return printSignedUrl(parts, signMessage(key.secret, message))
}

function printRequest(
  operations: Operations,
  userId: string,
  request: { imageId: string; operations: readonly StepInput[]; format: string },
): string {
  const steps = request.operations.map(step => parseJsonStep(step, operations))
  const address = { userId, imageId: request.imageId, steps, format: parseFormat(request.format) }
  return printDerivative(address, operations)
}

async function checkOriginal(
  { directory }: SigningParts,
  { userId, terms }: SigningContext,
  path: string,
  policy: string | undefined,
): Promise<void> {
  const { imageId, extension } = parseOwnPath(path, userId, parseOriginal)
  requireOriginals(terms)
  if (policy !== undefined) throw new DarkroomError('bad-request', 'policy: is not allowed for an original')
  const image = await directory.find(userId, imageId)
  if (image.extension !== extension) throw new DarkroomError('not-found', 'there is no such image')
}

async function checkDerivative(
  { operations, policies, resolve }: SigningParts,
  { userId, terms }: SigningContext,
  path: string,
  policy: string | undefined,
): Promise<void> {
  const address = parseOwnPath(path, userId, path => parseDerivative(path, operations))
  await resolve(address, { terms: await underPolicy(policies, userId, terms, policy) })
}
