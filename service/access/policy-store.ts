import Type from 'typebox'
import Value from 'typebox/value'
import { type Changes, keysOfNamed } from '../cache/change-log.ts'
import { RevalidatingCache } from '../cache/revalidating-cache.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import type { PolicyRecord, PolicyRepository } from '../metadata/policies.ts'
import type { Operations } from '../operations/registry.ts'
import { extensions } from '../url/address.ts'
import type { OptionValue } from '../url/option.ts'
import type { Policy } from '../url/policy.ts'
import { type PolicyInput, parsePolicy } from '../url/policy-input.ts'
import { isPlainName } from '../url/preset.ts'

/** The rules of a policy as the database stores them. */
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

/** A policy as the API returns it. */
export type NamedPolicy = Omit<PolicyRecord, 'rules'> & Policy

/** The policies of all users: cached for requests, and invalidated by every change. */
export interface PolicyStore {
  /** The rules of a policy; undefined when the user has no policy of this name. @throws DarkroomError `unavailable` */
  find(userId: string, name: string): Promise<Policy | undefined>
  /** @throws DarkroomError `bad-url`, `bad-request` or `conflict` */
  put(userId: string, name: string, input: PolicyInput): Promise<NamedPolicy>
  /** @throws DarkroomError `not-found` */
  remove(userId: string, name: string): Promise<void>
}

export function createPolicyStore(
  policies: PolicyRepository,
  operations: Operations,
  changes: Changes,
): PolicyStore {
  const cache = new RevalidatingCache<Policy>({
    max: 2_000,
    async load(key) {
      const [userId = '', name = ''] = key.split('/')
      const record = await policies.find(userId, name)
      return record && rulesOf(record)
    },
    watching: { changes, keysOf: keysOfNamed },
  })
  return {
    async find(userId, name) {
      return isPlainName(name) ? cache.get(`${userId}/${name}`) : undefined
    },
    async put(userId, name, input) {
      if (!isPlainName(name)) {
        throw new DarkroomError('bad-request', 'name: must be 1 to 32 characters a-z and 0-9')
      }
      const record = await policies.put(userId, name, { rules: parsePolicy(input, operations) })
      cache.invalidate(`${userId}/${name}`)
      return toNamedPolicy(record)
    },
    async remove(userId, name) {
      const removed = await policies.remove(userId, name)
      cache.invalidate(`${userId}/${name}`)
      if (!removed) throw new DarkroomError('not-found', 'there is no such policy')
    },
  }
}

/** The policy that the API returns for a row. */
export function toNamedPolicy(record: PolicyRecord): NamedPolicy {
  const { name, createdAt, updatedAt } = record
  return { name, ...rulesOf(record), createdAt, updatedAt }
}

/** Checks the JSON of the database. Rules of another shape are our fault, not the request's: a plain `Error`. */
function rulesOf({ name, rules }: PolicyRecord): Policy {
  if (!Value.Check(StoredPolicy, rules)) throw new Error(`stored rules of policy ${name} are invalid`)
  return rules
}
