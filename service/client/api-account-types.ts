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
  /** When a URL was verified by it last, to the minute; null for never. */
  readonly lastUsedAt: string | null
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

/** What somebody may have at most; what is absent is not limited. */
export interface Limits {
  /** Of the originals. */
  readonly storageBytes?: number
  readonly images?: number
  /** From midnight to midnight UTC. */
  readonly developmentsPerDay?: number
  /** Of a result: its width times its height. */
  readonly outputPixels?: number
  /** The only ones. */
  readonly operations?: readonly string[]
  /** The only ones that a URL may name. */
  readonly formats?: readonly string[]
  /** For image URLs, in each process. */
  readonly requestsPerSecond?: number
}

export interface Me {
  readonly id: string
  readonly email: string
  readonly role: Role
  readonly presetsOnly: boolean
  readonly fallback: Fallback
  /** Null for none. */
  readonly limits: Limits | null
  readonly createdAt: string
}

export interface User {
  readonly id: string
  readonly email: string
  readonly role: Role
  readonly presetsOnly: boolean
  readonly disabled: boolean
  /** Null for none. */
  readonly limits: Limits | null
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
  readonly limits?: Limits | null
}

/** Something that was done, as the audit log has it. */
export interface AuditEntry {
  readonly id: string
  readonly at: string
  /** Null where nobody had logged in. */
  readonly userId: string | null
  /** The API key that he came with; null with a session. */
  readonly keyId: string | null
  /** Such as `user.create`. */
  readonly action: string
  /** What it was done to. */
  readonly subject: string | null
  readonly address: string
}

/** A content that nobody may have here. */
export interface Takedown {
  readonly sha256: string
  readonly reason: string
  /** The administrator's id. */
  readonly by: string
  readonly createdAt: string
}

/** The content of anybody's image, or the hash of its original in hex. */
export type NewTakedown = { readonly reason: string } & (
  | { readonly imageId: string }
  | { readonly sha256: string }
)

/** What limits are compared with. */
export interface Holdings {
  readonly images: number
  /** Of originals, deleted ones that are kept included. */
  readonly storageBytes: number
  /** Since midnight UTC; counted only while `developmentsPerDay` is limited. */
  readonly developmentsToday: number
}
