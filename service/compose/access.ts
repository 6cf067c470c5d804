import { createAuthorizer } from '../access/authorizer.ts'
import { createDevelopmentQuota } from '../access/development-quota.ts'
import { createPolicyStore } from '../access/policy-store.ts'
import { PresetStore } from '../access/preset-store.ts'
import { RequestRateLimiter } from '../access/request-rate-limiter.ts'
import { createVerifier } from '../access/verifier.ts'
import type { Foundation } from './foundation.ts'

export type Access = ReturnType<typeof composeAccess>

/** The checks of signed URLs: signatures, presets, policies, quotas and rates. */
export function composeAccess({
  metadata,
  operations,
  changes,
}: Pick<Foundation, 'metadata' | 'operations' | 'changes'>) {
  const { users, quotas, signingKeys } = metadata
  const presetStore = new PresetStore(metadata.presets, operations, changes)
  const policyStore = createPolicyStore(metadata.policies, operations, changes)
  const rates = new RequestRateLimiter()
  return {
    presetStore,
    policyStore,
    rates,
    developmentQuota: createDevelopmentQuota({ quotas, users, changes }),
    verify: createVerifier({ signingKeys, users, rates, changes }),
    authorize: createAuthorizer({ operations, presets: presetStore, policies: policyStore }),
  }
}
