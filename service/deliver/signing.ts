import { DarkroomError } from '../errors/catalogue.ts'
import type { OpenSigningKey, SigningKeys } from '../metadata/signing-keys.ts'
import type { Operations } from '../operations/registry.ts'
import { chooseFormat } from '../plan/formats.ts'
import { parseDerivative, parseFormat, parseOriginal } from '../url/grammar.ts'
import { signatureMessage, signedUrl, userIdOf } from '../url/message.ts'
import { derivativePath, originalPath } from '../url/print.ts'
import { sign } from '../url/signature.ts'
import { normalizeStep, type StepInput } from '../url/step.ts'
import type { DerivativeAddress } from '../url/types.ts'
import type { ImageDirectory } from './directory.ts'
import { findPicture, planFor } from './picture.ts'

/** Ten years in seconds: what is meant to hold longer has no expiry. */
export const maxExpiresIn = 315_360_000

/** What to sign: a path as it stands, or an image with operations. */
export type SigningRequest = { readonly expiresIn?: number | undefined } & (
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
  readonly directory: ImageDirectory
  readonly signingKeys: SigningKeys
  readonly publicUrl: string
}

/** Signs a user's URLs with his newest active key. */
export interface Signer {
  /**
   * Signs what could be served; anything else is refused as the image route would refuse it. Another user's path is
   * one of an unknown image.
   * @throws DarkroomError `bad-url`, `not-found`, `deleted`, or `conflict` when the user has no active key
   */
  sign(userId: string, request: SigningRequest): Promise<SignedUrl>
  /** Signs URLs of the user's originals that never expire, with one look at his keys; without a key they are bare. */
  originals(userId: string): Promise<(image: { id: string; extension: string }) => string>
}

export function createSigner(parts: SigningParts): Signer {
  const { operations, signingKeys, publicUrl } = parts
  const newestKey = async (userId: string) => {
    const key = await signingKeys.newestActive(userId)
    if (key === undefined) throw new DarkroomError('conflict', 'there is no active signing key')
    return key
  }
  return {
    async sign(userId, request) {
      const path = 'path' in request ? request.path : pathOf(operations, userId, request)
      if (/[?#]/.test(path)) throw new DarkroomError('bad-url', 'path: expected a path without a query')
      await checkServable(parts, userId, path)
      const expires =
        request.expiresIn === undefined ? null : Math.floor(Date.now() / 1000) + request.expiresIn
      const signed = signPath(await newestKey(userId), path, expires)
      return { url: publicUrl + signed, path: signed, expires }
    },
    async originals(userId) {
      const key = await signingKeys.newestActive(userId)
      return ({ id, extension }) => {
        const path = originalPath({ userId, imageId: id, extension })
        return publicUrl + (key ? signPath(key, path, null) : path)
      }
    },
  }
}

function signPath(key: OpenSigningKey, path: string, expires: number | null): string {
  const parts = { path, k: key.id, ...(expires === null ? {} : { e: String(expires) }) }
  const message = signatureMessage(parts)
  if (message === undefined) throw new DarkroomError('bad-url', 'path: this cannot be signed')
  return signedUrl(parts, sign(key.secret, message))
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
  return derivativePath(address, operations)
}

async function checkServable(
  { operations, directory }: SigningParts,
  userId: string,
  path: string,
): Promise<void> {
  const isOriginal = path.startsWith('/raw/')
  const address = isOriginal ? parseOriginal(path) : parseDerivative(path, operations)
  // the image route verifies by the raw owner: one that is written in another way would open nothing there, and
  // must tell nothing about the image here
  if (userIdOf(path) !== userId || address.userId !== userId) {
    throw new DarkroomError('not-found', 'there is no such image')
  }
  if ('extension' in address) {
    const { extension } = await directory.find(userId, address.imageId)
    if (extension === address.extension) return
    throw new DarkroomError('not-found', 'there is no such image')
  }
  const image = await findPicture(directory, operations, address)
  planFor(
    operations,
    address,
    image,
    chooseFormat(address.format, { avif: false, webp: false }, image.facts.alpha),
  )
}
