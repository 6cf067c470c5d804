import Type from 'typebox'
import type { User } from '../../metadata/users.ts'
import { checked } from '../openapi/checked.ts'
import { NullableLimitsSchema } from './limits.ts'

export const RoleSchema = Type.Enum(['admin', 'member'])

/** A new password. The limit is loose: the account checks for 10 to 200 characters, with a clearer error. */
export const NewPasswordSchema = Type.String({
  maxLength: 400,
  ...checked({ minLength: 10, maxLength: 200 }),
})

/** A user in API responses for administrators. */
export const UserSchema = Type.Object({
  id: Type.String(),
  email: Type.String(),
  role: RoleSchema,
  presetsOnly: Type.Boolean({ description: 'whether their image URLs may only use presets' }),
  originals: Type.Boolean({
    description: 'whether their image URLs may fetch originals even if presetsOnly is set',
  }),
  disabled: Type.Boolean({
    description: 'whether they can neither log in nor use API keys; their image URLs continue to work',
  }),
  limits: NullableLimitsSchema,
  createdAt: Type.String({ description: 'ISO 8601' }),
})

/** A user's row as an API response. */
export function serializeUser(user: User) {
  const { id, email, role, presetsOnly, originals, disabled, limits, createdAt } = user
  return { id, email, role, presetsOnly, originals, disabled, limits, createdAt: createdAt.toISOString() }
}
