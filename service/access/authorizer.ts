import { DarkroomError } from '../errors/catalogue.ts'
import type { UserLimits } from '../metadata/user-limits.ts'
import type { User, UserRepository } from '../metadata/users.ts'
import type { Operations } from '../operations/registry.ts'
import type { DerivativeAddress } from '../url/address.ts'
import {
  type Policy,
  presetOnlyViolation,
  sizeViolation,
  stepCountViolation,
  urlViolation,
} from '../url/policy.ts'
import { checkAddressLimits, checkPixelLimit } from './limit-checks.ts'
import type { PolicyStore } from './policy-store.ts'
import type { PresetStore } from './preset-store.ts'

/** The limits of a request, in addition to its signed message. */
export interface Terms {
  /** The policy that the signature names; undefined when the signature covers the whole path. */
  readonly policy: string | undefined
  /** Whether the user's URLs may contain presets only. */
  readonly presetsOnly: boolean
  /** Whether the user's URLs may fetch originals. */
  readonly originals: boolean
  /** The user's limits; null for none. */
  readonly limits: UserLimits | null
}

/** The terms that a user's account sets for all of their URLs. */
export function accountTerms({
  presetsOnly,
  originals,
  limits,
}: Pick<User, 'presetsOnly' | 'originals' | 'limits'>): Omit<Terms, 'policy'> {
  // an original shows more than a preset may, so users with presets only need a right of their own for it
  return { presetsOnly, originals: originals || !presetsOnly, limits }
}

/** The terms of users who act for themselves through the API, without a signature. */
export async function termsOfUser(users: Pick<UserRepository, 'findById'>, userId: string): Promise<Terms> {
  const user = (await users.findById(userId)) ?? { presetsOnly: true, originals: false, limits: null }
  return { policy: undefined, ...accountTerms(user) }
}

/**
 * Rejects users with presets only, who could write any operation into a preset of their own.
 * @throws DarkroomError `forbidden`
 */
export async function requireOwnPresets(
  users: Pick<UserRepository, 'findById'>,
  userId: string,
): Promise<void> {
  const { presetsOnly } = await termsOfUser(users, userId)
  if (presetsOnly)
    throw new DarkroomError('forbidden', 'this user may use presets only, which administrators write')
}

/** @throws DarkroomError `forbidden` for users with presets only, without the right to their originals */
export function requireOriginals({ originals }: Pick<Terms, 'originals'>): void {
  if (!originals) throw new DarkroomError('forbidden', 'this user may use presets only, and no originals')
}

/** A request that its terms allow. */
export interface AuthorizedRequest {
  /** The address with every preset expanded. */
  readonly address: DerivativeAddress
  /** The names of the expanded presets. If there are any, the URL may show something else after a preset is changed. */
  readonly presets: readonly string[]
  /** Whether the result's size is limited: then `checkSize` must pass before any response. */
  readonly hasSizeLimit: boolean
  /**
   * @throws DarkroomError `forbidden` for a result larger than the policy allows, `over-limit` for one beyond the
   *   user's limit
   */
  checkSize(size: { readonly width: number; readonly height: number }): void
}

/**
 * Checks an address against its terms, before any work, and expands its presets.
 * @throws DarkroomError `forbidden`, `over-limit` or `bad-url`
 */
export type Authorize = (terms: Terms, address: DerivativeAddress) => Promise<AuthorizedRequest>

export interface AuthorizerParts {
  readonly operations: Operations
  readonly presets: Pick<PresetStore, 'expand'>
  readonly policies: Pick<PolicyStore, 'find'>
}

export function createAuthorizer({ operations, presets, policies }: AuthorizerParts): Authorize {
  const requirePolicy = async (userId: string, name: string) => {
    const policy = await policies.find(userId, name)
    if (policy === undefined) throw new DarkroomError('forbidden', 'unknown policy')
    return policy
  }
  return async ({ policy: name, presetsOnly, limits: userLimits }, address) => {
    const { userId, steps: written } = address
    const policy = name === undefined ? undefined : await requirePolicy(userId, name)
    if (presetsOnly) reject('this user may use presets only', presetOnlyViolation(written))
    if (policy) reject(`policy ${name}`, urlViolation(policy, address, operations))
    const expanded = new Set<string>()
    const steps = await presets.expand(userId, written, preset => expanded.add(preset))
    checkAddressLimits(userLimits, { ...address, steps })
    const limits: Policy['limits'] = policy?.limits ?? {}
    // `info` returns no pixels
    const pixelLimits = address.format === 'json' ? null : userLimits
    reject(`policy ${name}`, stepCountViolation(limits, steps))
    return {
      address: { ...address, steps },
      presets: [...expanded],
      hasSizeLimit:
        limits.maxWidth !== undefined ||
        limits.maxHeight !== undefined ||
        pixelLimits?.outputPixels !== undefined,
      checkSize(size) {
        reject(`policy ${name}`, sizeViolation(limits, size))
        checkPixelLimit(pixelLimits, size)
      },
    }
  }
}

function reject(by: string, violation: string | undefined): void {
  if (violation !== undefined) throw new DarkroomError('forbidden', `${by}: ${violation}`)
}
