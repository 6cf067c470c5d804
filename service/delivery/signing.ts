import { type Authorize, type Terms, termsOfUser } from '../access/authorizer.ts'
import type { PolicyStore } from '../access/policy-store.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import { withField } from '../errors/with-field.ts'
import type { SigningKeyRepository, SigningKeyWithSecret } from '../metadata/signing-keys.ts'
import type { UserRepository } from '../metadata/users.ts'
import type { Operations } from '../operations/registry.ts'
import { derivativeKey } from '../storage/keys.ts'
import type { DerivativeAddress } from '../url/address.ts'
import { parseDerivative, parseFormat, parseOriginal } from '../url/grammar.ts'
import { printDerivative, printOriginal } from '../url/print.ts'
import { signMessage } from '../url/signature.ts'
import { parseUserId, printSignedUrl, signatureMessage } from '../url/signed-url.ts'
import { normalizeStep, type StepInput } from '../url/step.ts'
import type { ImageDirectory } from './image-directory.ts'
import { findImageWithOverlays, planAddress } from './image-with-overlays.ts'
import { isInfoAddress } from './info.ts'
import { negotiate, noPreferences } from './negotiation.ts'

/** Ten years in seconds: what is meant to hold longer has no expiry. */
export const maxExpiresIn = 315_360_000

/** What to sign: a path as it stands, or an image with operations. */
export type SigningRequest = {
  readonly expiresIn?: number | undefined
  /** The name of a policy: the signature then holds for whatever it allows of the image. */
  readonly policy?: string | undefined
} & (
  | { readonly path: string }
  | { readonly imageId: string; readonly operations: readonly StepInput[]; readonly format: string }
)

/** A signed URL. */
export interface SignedUrl {
  /** Absolute, below the service's public URL. */
  readonly url: string
  /** Path and query, to be put behind any host. */
  readonly path: string
  /** Unix seconds; null for never. */
  readonly expires: number | null
}

export interface SigningParts {
  readonly operations: Operations
  readonly authorize: Authorize
  readonly policies: Pick<PolicyStore, 'find'>
  readonly directory: ImageDirectory
  readonly signingKeys: SigningKeyRepository
  readonly users: Pick<UserRepository, 'findById'>
  readonly publicUrl: string
}

/** Signs a user's URLs with his newest active key. */
export interface Signer {
  /**
   * Signs what could be served; anything else is refused as the image route would refuse it. Another user's path is
   * one of an unknown image.
   * @throws DarkroomError `bad-url`, `forbidden`, `not-found` (of an unknown policy, too), `deleted`, or `conflict`
   * when the user has no active key
   */
  sign(userId: string, request: SigningRequest): Promise<SignedUrl>
  /**
   * Signs all or none, in their order.
   * @throws DarkroomError what `sign` throws; `bad-request` that names the index of a request that is refused
   */
  signAll(userId: string, requests: readonly SigningRequest[]): Promise<SignedUrl[]>
  /** Signs URLs of the user's originals that never expire, with one look at his keys; without a key they are bare. */
  originalUrls(userId: string): Promise<(image: { id: string; extension: string }) => string>
  /** The same of derivatives by their canonical names; undefined for a user whose URLs may only name presets. */
  derivativeUrls(userId: string): Promise<((file: string) => string) | undefined>
}

export function createSigner(parts: SigningParts): Signer {
  const { operations, signingKeys, users, publicUrl } = parts
  const newestKey = async (userId: string) => {
    const key = await signingKeys.findNewestActive(userId)
    if (key === undefined) throw new DarkroomError('conflict', 'there is no active signing key')
    return key
  }
  const signer = async (userId: string) => {
    const [key, terms] = await Promise.all([newestKey(userId), termsOfUser(users, userId)])
    return async (request: SigningRequest): Promise<SignedUrl> => {
      const path = 'path' in request ? request.path : pathOf(operations, userId, request)
      if (/[?#]/.test(path)) throw new DarkroomError('bad-url', 'path: expected a path without a query')
      const { policy, expiresIn } = request
      await checkServable(parts, userId, path, { ...terms, policy })
      const expires = expiresIn === undefined ? null : Math.floor(Date.now() / 1000) + expiresIn
      const signed = signPath(key, path, expires, policy)
      return { url: publicUrl + signed, path: signed, expires }
    }
  }
  return {
    async sign(userId, request) {
      const sign = await signer(userId)
      return sign(request)
    },
    async signAll(userId, requests) {
      const sign = await signer(userId)
      const signed: SignedUrl[] = []
      for (const [index, request] of requests.entries()) {
        signed.push(await sign(request).catch(error => Promise.reject(withField(error, String(index)))))
      }
      return signed
    },
    async derivativeUrls(userId) {
      const [key, { presetsOnly }] = await Promise.all([
        signingKeys.findNewestActive(userId),
        termsOfUser(users, userId),
      ])
      if (key === undefined || presetsOnly) return undefined
      return file => publicUrl + signPath(key, `/${derivativeKey(userId, file)}`, null, undefined)
    },
    async originalUrls(userId) {
      const key = await signingKeys.findNewestActive(userId)
      return ({ id, extension }) => {
        const path = printOriginal({ userId, imageId: id, extension })
        return publicUrl + (key ? signPath(key, path, null, undefined) : path)
      }
    },
  }
}

function signPath(
  key: SigningKeyWithSecret,
  path: string,
  expires: number | null,
  policy: string | undefined,
): string {
  const parts = { path, e: expires === null ? undefined : String(expires), k: key.id, p: policy }
  const message = signatureMessage(parts)
  if (message === undefined) throw new DarkroomError('bad-url', 'path: this cannot be signed')
  return printSignedUrl(parts, signMessage(key.secret, message))
}

function pathOf(
  operations: Operations,
  userId: string,
  request: { imageId: string; operations: readonly StepInput[]; format: string },
): string {
  const address: DerivativeAddress = {
    userId,
    imageId: request.imageId,
    steps: request.operations.map(step => normalizeStep(step, operations)),
    format: parseFormat(request.format),
  }
  return printDerivative(address, operations)
}

async function checkServable(parts: SigningParts, userId: string, path: string, terms: Terms): Promise<void> {
  const { operations, directory } = parts
  const isOriginal = path.startsWith('/raw/')
  const address = isOriginal ? parseOriginal(path) : parseDerivative(path, operations)
  // the image route verifies by the raw owner: one that is written in another way would open nothing there, and
  // must tell nothing about the image here
  if (parseUserId(path) !== userId || address.userId !== userId) {
    throw new DarkroomError('not-found', 'there is no such image')
  }
  if ('extension' in address) {
    if (terms.policy !== undefined) {
      throw new DarkroomError('bad-request', 'policy: originals have none')
    }
    const image = await directory.find(userId, address.imageId)
    if (image.extension === address.extension) return
    throw new DarkroomError('not-found', 'there is no such image')
  }
  if (terms.policy !== undefined && !(await parts.policies.find(userId, terms.policy))) {
    throw new DarkroomError('not-found', 'there is no such policy')
  }
  await checkDerivative(parts, terms, address)
}

async function checkDerivative(
  { operations, directory, authorize }: SigningParts,
  terms: Terms,
  written: DerivativeAddress,
): Promise<void> {
  const opened = await authorize(terms, written)
  const image = await findImageWithOverlays(directory, operations, opened.address)
  if (isInfoAddress(opened.address)) return
  const { address } = negotiate(operations, opened.address, image, noPreferences)
  opened.checkSize(planAddress(operations, address, image, address.format))
}
