import Type from 'typebox'
import type { User } from '../../metadata/users.ts'
import { NullableLimitsSchema } from './limits.ts'

export const RoleSchema = Type.Enum(['admin', 'member'])

/** A user as administrators see him. */
export const UserSchema = Type.Object({
  id: Type.String(),
  email: Type.String(),
  role: RoleSchema,
  presetsOnly: Type.Boolean(),
  disabled: Type.Boolean({ description: 'can neither log in nor use a key; his image URLs go on' }),
  limits: NullableLimitsSchema,
  createdAt: Type.String({ description: 'ISO 8601' }),
})

export function serializeUser({ id, email, role, presetsOnly, disabled, limits, createdAt }: User) {
  return { id, email, role, presetsOnly, disabled, limits, createdAt: createdAt.toISOString() }
}
