import type { Queries } from './database.ts'
import { createNamedRows, type Named } from './named-rows.ts'

/** What stands under a policy's name. */
export interface PolicyContent {
  /** What it allows; this room only keeps it. */
  rules: unknown
}

export type PolicyRecord = Named & PolicyContent

export type Policies = ReturnType<typeof createPolicies>

/** The policies of each user, under names of his own. */
export function createPolicies(db: Queries) {
  return createNamedRows<PolicyContent>(db, {
    thing: 'policies',
    table: 'policies',
    columns: ['rules'],
    max: 1_000,
  })
}
