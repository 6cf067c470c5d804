import type { ErrorCode } from '../errors/catalogue.ts'
import type { Page } from './api-types.ts'

/** What the API takes and answers of jobs, keys and users. */

/** A job that was given up. */
export interface Job {
  readonly id: string
  readonly name: string
  /** `parked`: its payload was not understood. */
  readonly state: 'failed' | 'parked'
  readonly userId: string | null
  readonly imageId: string | null
  readonly key: string
  readonly attempts: number
  readonly code: ErrorCode | (string & {})
  readonly detail: string
  readonly failedAt: string
  /** Until then requests are answered with this failure. */
  readonly answersUntil: string
}

export interface JobPage extends Page<Job> {
  /** Jobs of all users that wait, by name; for administrators. */
  readonly waiting?: Readonly<Record<string, number>>
}

export type SigningKeyState = 'active' | 'retiring' | 'revoked'

export interface SigningKeyInfo {
  readonly id: string
  readonly state: SigningKeyState
  readonly createdAt: string
}

export type Scope = 'images:read' | 'images:write' | 'sign' | 'keys' | 'usage' | 'admin'

export interface NewApiKey {
  readonly name: string
  readonly scopes: readonly Scope[]
  /** ISO 8601; null, as without it, for never. */
  readonly expiresAt?: string | null
}

export interface ApiKey {
  readonly id: string
  readonly name: string
  readonly scopes: readonly string[]
  readonly expiresAt: string | null
  readonly createdAt: string
  readonly lastUsedAt: string | null
}

/** Shown only when a key is made. */
export interface WithSecret {
  readonly secret: string
}

export type Role = 'admin' | 'member'

/** What visitors get who wait for heavy work in vain: an error, a blur, or another image. */
export type Fallback = null | 'placeholder' | { readonly imageId: string }

export interface Me {
  readonly id: string
  readonly email: string
  readonly role: Role
  readonly presetsOnly: boolean
  readonly fallback: Fallback
  readonly createdAt: string
}

export interface User {
  readonly id: string
  readonly email: string
  readonly role: Role
  readonly presetsOnly: boolean
  readonly disabled: boolean
  readonly createdAt: string
}

export interface NewUser {
  readonly email: string
  /** 10 to 200 characters. */
  readonly password: string
  readonly role?: Role
  readonly presetsOnly?: boolean
}

export interface UserChanges {
  readonly role?: Role
  readonly presetsOnly?: boolean
  readonly disabled?: boolean
}
