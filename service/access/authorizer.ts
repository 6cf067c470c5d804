import { DarkroomError } from '../errors/catalogue.ts'
import type { UserLimits } from '../metadata/user-limits.ts'
import type { UserRepository } from '../metadata/users.ts'
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

/** What a signature is bound to, besides its message. */
export interface Terms {
  /** The policy that the signature names; undefined when it speaks for the whole path. */
  readonly policy: string | undefined
  /** Whether the user's URLs may only name presets. */
  readonly presetsOnly: boolean
  /** What the user may have at most; null for everything. */
  readonly limits: UserLimits | null
}

/** The terms of what a user asks for himself, without a signature. */
export async function termsOfUser(users: Pick<UserRepository, 'findById'>, userId: string): Promise<Terms> {
  const { presetsOnly = true, limits = null } = (await users.findById(userId)) ?? {}
  return { policy: undefined, presetsOnly, limits }
}

/** What a request may have. */
export interface AuthorizedRequest {
  /** Without presets: their operations are in their place. */
  readonly address: DerivativeAddress
  /** The presets that were put in; where there are some, the URL may come to mean something else. */
  readonly presets: readonly string[]
  /** Whether the size of the result is limited: then it is to be planned, and checked, before anything is answered. */
  readonly hasSizeLimit: boolean
  /** @throws DarkroomError `forbidden` for a result that is larger than the policy allows, `over-limit` than the user's may be */
  checkSize(size: { readonly width: number; readonly height: number }): void
}

/** Opens an address under its terms, before any work. @throws DarkroomError `forbidden`, `over-limit` or `bad-url` */
export type Authorize = (terms: Terms, address: DerivativeAddress) => Promise<AuthorizedRequest>

export interface AuthorizerParts {
  readonly operations: Operations
  readonly presets: Pick<PresetStore, 'expand'>
  readonly policies: Pick<PolicyStore, 'find'>
}

export function createAuthorizer({ operations, presets, policies }: AuthorizerParts): Authorize {
  const policyOf = async (userId: string, name: string) => {
    const policy = await policies.find(userId, name)
    if (policy === undefined) throw new DarkroomError('forbidden', 'the policy is unknown')
    return policy
  }
  return async ({ policy: name, presetsOnly, limits: own }, address) => {
    const { userId, steps: written } = address
    const policy = name === undefined ? undefined : await policyOf(userId, name)
    if (presetsOnly) refuse('this user has presets only', presetOnlyViolation(written))
    if (policy) refuse(`policy ${name}`, urlViolation(policy, address, operations))
    const met = new Set<string>()
    const steps = await presets.expand(userId, written, preset => met.add(preset))
    checkAddressLimits(own, { ...address, steps })
    const limits: Policy['limits'] = policy?.limits ?? {}
    // a description is no picture
    const pixels = address.format === 'json' ? null : own
    refuse(`policy ${name}`, stepCountViolation(limits, steps))
    return {
      address: { ...address, steps },
      presets: [...met],
      hasSizeLimit:
        limits.maxWidth !== undefined || limits.maxHeight !== undefined || pixels?.outputPixels !== undefined,
      checkSize(size) {
        refuse(`policy ${name}`, sizeViolation(limits, size))
        checkPixelLimit(pixels, size)
      },
    }
  }
}

function refuse(by: string, objection: string | undefined): void {
  if (objection !== undefined) throw new DarkroomError('forbidden', `${by}: ${objection}`)
}
