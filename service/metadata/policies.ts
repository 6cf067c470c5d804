import type { Queryable } from './database.ts'
import { type NamedRecord, NamedRepository } from './named-repository.ts'

/** What stands under a policy's name. */
export interface PolicyContent {
  /** What it allows; this room only keeps it. */
  rules: unknown
}

export type PolicyRecord = NamedRecord & PolicyContent

/** The policies of each user, under names of his own. */
export class PolicyRepository extends NamedRepository<PolicyContent> {
  constructor(db: Queryable) {
    super(db, { thing: 'policies', table: 'policies', columns: ['rules'], max: 1_000 })
  }
}
