import type { Queryable } from './database.ts'
import { type NamedRecord, NamedRepository } from './named-repository.ts'

/** The content of a policy. */
export interface PolicyContent {
  /** The rules of the policy; this room only stores them. */
  rules: unknown
}

export type PolicyRecord = NamedRecord & PolicyContent

/** The policies of all users. */
export class PolicyRepository extends NamedRepository<PolicyContent> {
  constructor(db: Queryable) {
    super(db, { label: 'policies', table: 'policies', columns: ['rules'], max: 1_000 })
  }
}
