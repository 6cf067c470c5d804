import type { Queryable } from './database.ts'
import { createNamedRepository, type NamedRecord } from './named-repository.ts'

/** What stands under a policy's name. */
export interface PolicyContent {
  /** What it allows; this room only keeps it. */
  rules: unknown
}

export type PolicyRecord = NamedRecord & PolicyContent

export type PolicyRepository = ReturnType<typeof createPolicyRepository>

/** The policies of each user, under names of his own. */
export function createPolicyRepository(db: Queryable) {
  return createNamedRepository<PolicyContent>(db, {
    thing: 'policies',
    table: 'policies',
    columns: ['rules'],
    max: 1_000,
  })
}
