import type { ErrorCode } from '../errors/catalogue.ts'
import type { ImportResult, Page, PageQuery } from './api-types.ts'

/** Types of the API's requests and responses about jobs, keys and users. */

/** A job that has failed for good, or that waits until a dependency of the service is back. */
export interface Job {
  readonly id: string
  readonly name: string
  /** `parked`: the worker could not parse the job's payload. `waiting`: it is retried automatically. */
  readonly state: 'failed' | 'parked' | 'waiting'
  readonly userId: string | null
  readonly imageId: string | null
  readonly key: string
  readonly attempts: number
  readonly code: ErrorCode | (string & {})
  readonly detail: string
  readonly failedAt: string
  /** Until this time, requests for the job's result get this failure as their response. */
  readonly answersUntil: string
}

/** Long work that is done page by page, such as a purge of many images. */
export interface Task {
  readonly id: string
  /** Such as `purge`, `import`, `user-deletion` or `takedown`. */
  readonly kind: string
  /** What the task is about, such as a tag. */
  readonly subject: string
  /** `waiting`: its last attempt failed, and it is tried again. */
  readonly state: 'queued' | 'running' | 'waiting' | 'done' | 'failed' | 'cancelled'
  /** Null for tasks that only administrators see. */
  readonly userId: string | null
  /** The number of items that are done, and that there are; null if unknown. */
  readonly done: number
  readonly total: number | null
  /** From 0 to 100; null if unknown. */
  readonly percent: number | null
  /** Failed attempts since the last progress, and why the last one failed. */
  readonly attempts: number
  readonly code: ErrorCode | (string & {}) | null
  readonly detail: string | null
  /** Only for imports of many images: how many images were not imported, and why the first ten of them were not. */
  readonly failed?: number
  readonly failures?: readonly Pick<ImportResult, 'number' | 'url' | 'reference' | 'code' | 'detail'>[]
  readonly isCancellable: boolean
  readonly createdAt: string
  readonly startedAt: string | null
  readonly updatedAt: string
  readonly finishedAt: string | null
}

export interface JobPage extends Page<Job> {
  /** The first 100 of the unfinished tasks, the earliest first, and of those that ended lately; only on the first page. */
  readonly tasks?: readonly Task[]
  /** The cursor of `jobs.tasks` for more tasks; null when all are shown. Only on the first page. */
  readonly nextTaskCursor?: string | null
  /** Number of queued jobs of all users, by name; for administrators. */
  readonly waiting?: Readonly<Record<string, number>>
}

export type SigningKeyState = 'active' | 'retiring' | 'revoked'

export interface SigningKeyInfo {
  readonly id: string
  readonly state: SigningKeyState
  readonly createdAt: string
  /** When this key last verified a URL, to the minute; null if it never has. */
  readonly lastUsedAt: string | null
}

export type Scope = 'images:read' | 'images:write' | 'sign' | 'keys' | 'usage' | 'admin'

export interface NewApiKey {
  readonly name: string
  readonly scopes: readonly Scope[]
  /** ISO 8601; null or absent if the key never expires. */
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

/** The secret is returned only when the key is created. */
export interface WithSecret {
  readonly secret: string
}

export type Role = 'admin' | 'member'

/** The response when a heavy rendering takes too long: an error, a blurred placeholder, or another image. */
export type Fallback = null | 'placeholder' | { readonly imageId: string }

/** Upper limits for a user; an absent field means no limit. */
export interface Limits {
  /** Total size of the originals. */
  readonly storageBytes?: number
  readonly images?: number
  /** Total size of the stored derivatives. Above it, those that were not used for the longest time are removed. */
  readonly derivativeBytes?: number
  /** Renderings per day, from midnight to midnight UTC. */
  readonly developmentsPerDay?: number
  /** Width times height of the output. */
  readonly outputPixels?: number
  /** The only operations that a URL may contain. */
  readonly operations?: readonly string[]
  /** The only formats that a URL may name. */
  readonly formats?: readonly string[]
  /** Requests for image URLs, counted by each process separately. */
  readonly requestsPerSecond?: number
}

export interface Me {
  readonly id: string
  readonly email: string
  readonly role: Role
  readonly presetsOnly: boolean
  /** Whether image URLs may fetch originals although `presetsOnly` is set. */
  readonly originals: boolean
  readonly fallback: Fallback
  /** Whether a damaged upload is refused. */
  readonly rejectTruncated: boolean
  /** Null for none. */
  readonly limits: Limits | null
  /** The files that the service accepts. */
  readonly uploads: {
    /** Largest file. */
    readonly maxBytes: number
    /** Formats of originals, such as `jpg`. */
    readonly formats: readonly string[]
  }
  readonly createdAt: string
}

/** Settings that users change themselves. */
export type MeChanges = Partial<Pick<Me, 'fallback' | 'rejectTruncated'>>

export interface User {
  readonly id: string
  readonly email: string
  readonly role: Role
  readonly presetsOnly: boolean
  /** Whether image URLs may fetch originals although `presetsOnly` is set. */
  readonly originals: boolean
  readonly disabled: boolean
  /** Null for none. */
  readonly limits: Limits | null
  readonly createdAt: string
}

export interface NewUser {
  readonly email: string
  /** 10 to 200 characters long. */
  readonly password: string
  readonly role?: Role
  readonly presetsOnly?: boolean
  readonly originals?: boolean
}

export interface UserChanges {
  readonly role?: Role
  readonly presetsOnly?: boolean
  readonly originals?: boolean
  readonly disabled?: boolean
  readonly limits?: Limits | null
}

/** The filters of long work. */
export interface TaskQuery extends PageQuery {
  /** Such as `import`. */
  readonly kind?: string | undefined
  /** The owner; for administrators, who see the tasks of all users. */
  readonly userId?: string | undefined
}

/** The filters of the audit log. */
export interface AuditQuery extends PageQuery {
  /** The name of an action, or the words before a dot of it: `user` finds `user.create`. */
  readonly action?: string | undefined
  /** The user who acted. */
  readonly userId?: string | undefined
  readonly subject?: string | undefined
  /** First and last day as `YYYY-MM-DD` in UTC. */
  readonly from?: string | undefined
  readonly to?: string | undefined
}

/** An entry of the audit log. */
export interface AuditEntry {
  readonly id: string
  readonly at: string
  /** Null if the request was not authenticated. */
  readonly userId: string | null
  /** The API key that the request used; null for a session. */
  readonly keyId: string | null
  /** The action's name, such as `user.create`. */
  readonly action: string
  /** The object of the action. */
  readonly subject: string | null
  readonly address: string
}

/** Content that is blocked on this server for every user. */
export interface Takedown {
  readonly sha256: string
  readonly reason: string
  /** Id of the administrator who blocked it. */
  readonly by: string
  readonly createdAt: string
}

/** The content of any user's image, or the SHA-256 of its original in hex. */
export type NewTakedown = { readonly reason: string } & (
  | { readonly imageId: string }
  | { readonly sha256: string }
)

/** A user's current usage, which is compared with their limits. */
export interface Holdings {
  readonly images: number
  /** Deleted images that can still be restored. */
  readonly deletedImages: number
  /** Total size of the originals, including deleted images that can still be restored. */
  readonly storageBytes: number
  readonly derivatives: number
  /** Total size of the stored derivatives. */
  readonly derivativeBytes: number
  /** Renderings since midnight UTC; counted only while `developmentsPerDay` is limited. */
  readonly developmentsToday: number
}
