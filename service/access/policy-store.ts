import Type from 'typebox'
import Value from 'typebox/value'
import { RevalidatingCache } from '../cache/revalidating-cache.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import type { PolicyRecord, PolicyRepository } from '../metadata/policies.ts'
import type { Operations } from '../operations/registry.ts'
import { extensions } from '../url/address.ts'
import type { OptionValue } from '../url/option.ts'
import type { Policy } from '../url/policy.ts'
import { type PolicyInput, parsePolicy } from '../url/policy-input.ts'
import { isPlainName } from '../url/preset.ts'

/** How long a policy counts as known, in milliseconds: a change is felt everywhere after it. */
const freshMs = 500

/** The form in which policies are stored. */
const StoredPolicy = Type.Object({
  operations: Type.Optional(
    Type.Record(
      Type.String(),
      Type.Union([
        Type.Literal(true),
        Type.Record(
          Type.String(),
          Type.Union([
            Type.Literal(true),
            Type.Object({
              min: Type.Optional(Type.Number()),
              max: Type.Optional(Type.Number()),
              values: Type.Optional(Type.Array(Type.Unsafe<OptionValue>({}))),
            }),
          ]),
        ),
      ]),
    ),
  ),
  formats: Type.Optional(Type.Array(Type.Enum(extensions))),
  presets: Type.Optional(Type.Array(Type.String())),
  limits: Type.Optional(
    Type.Object({
      maxWidth: Type.Optional(Type.Integer()),
      maxHeight: Type.Optional(Type.Integer()),
      maxSteps: Type.Optional(Type.Integer()),
    }),
  ),
})

/** A policy as the API shows it. */
export type NamedPolicy = Omit<PolicyRecord, 'rules'> & Policy

/** A user's policies as requests see them, and the one way to change them. */
export interface PolicyStore {
  /** The rules under a name; undefined when the user has none of it. @throws DarkroomError `unavailable` */
  find(userId: string, name: string): Promise<Policy | undefined>
  /** @throws DarkroomError `bad-url`, `bad-request` or `conflict` */
  put(userId: string, name: string, given: PolicyInput): Promise<NamedPolicy>
  /** @throws DarkroomError `not-found` */
  remove(userId: string, name: string): Promise<void>
}

export function createPolicyStore(policies: PolicyRepository, operations: Operations): PolicyStore {
  const known = new RevalidatingCache<Policy>({
    max: 2_000,
    revalidateAfterMs: freshMs,
    async load(key) {
      const [userId = '', name = ''] = key.split('/')
      const record = await policies.find(userId, name)
      return record && rulesOf(record)
    },
  })
  return {
    async find(userId, name) {
      return isPlainName(name) ? known.get(`${userId}/${name}`) : undefined
    },
    async put(userId, name, given) {
      if (!isPlainName(name)) {
        throw new DarkroomError('bad-request', 'name: expected 1 to 32 characters a-z and 0-9')
      }
      const record = await policies.put(userId, name, { rules: parsePolicy(given, operations) })
      known.invalidate(`${userId}/${name}`)
      return toNamedPolicy(record)
    },
    async remove(userId, name) {
      const removed = await policies.remove(userId, name)
      known.invalidate(`${userId}/${name}`)
      if (!removed) throw new DarkroomError('not-found', 'there is no such policy')
    },
  }
}

/** The public face of a policy's record. */
export function toNamedPolicy(record: PolicyRecord): NamedPolicy {
  const { name, createdAt, updatedAt } = record
  return { name, ...rulesOf(record), createdAt, updatedAt }
}

/** Rules come back from the database as JSON; rules of another shape are a fault of ours, not of the request. */
function rulesOf({ name, rules }: PolicyRecord): Policy {
  if (!Value.Check(StoredPolicy, rules)) throw new Error(`the rules of the policy ${name} are not valid`)
  return rules
}
