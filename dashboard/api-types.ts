import type {
  ApiKey as ApiKeyWithoutSecret,
  SigningKeyInfo,
  User,
  WithSecret,
} from '../service/client/api-account-types.ts'
import type {
  UsageDay,
  UsageName,
  UsageReport,
  WebhookEvent,
  Webhook as WebhookWithoutSecret,
} from '../service/client/api-report-types.ts'
import type { BulkOrder } from '../service/client/api-types.ts'

/** The API's types that the dashboard reads: the client's types, and a few that the client does not need. */

export type {
  AuditEntry,
  AuditQuery,
  Fallback,
  Holdings,
  Job,
  JobPage as Jobs,
  Limits,
  Me,
  MeChanges,
  NewTakedown,
  SigningKeyState as KeyState,
  Takedown,
  Task,
  User,
  UserChanges,
} from '../service/client/api-account-types.ts'
export type {
  Policy,
  PolicyRules,
  Preset,
  PurgeTarget as AnyPurgeTarget,
  Signed,
  StoredDerivative as Derivative,
} from '../service/client/api-derivative-types.ts'
export type {
  Explanation,
  OperationInfo as Operation,
  OperationList as Operations,
  UsageDay,
  UsageName,
  WebhookDelivery as Delivery,
  WebhookEvent,
} from '../service/client/api-report-types.ts'
export type {
  BulkResult,
  DownloadLink,
  Duplicate,
  Folder,
  Image,
  ImageChanges,
  ImageFilters,
  ImportEntry,
  Neighbours,
  Page,
  Point as Focal,
  ReceivedImage as UploadedImage,
  TagCount,
  TagPage,
} from '../service/client/api-types.ts'

/** The signed-in user, as returned by the login. */
export type SignedInUser = Pick<User, 'id' | 'email' | 'role' | 'presetsOnly'>

export interface Session {
  readonly accessToken: string
  /** In seconds. */
  readonly expiresIn: number
  readonly user: SignedInUser
}

export type BulkAction = BulkOrder['action']

/** An operation as the form holds it. The service validates it. */
export interface StepInput {
  readonly op: string
  readonly [option: string]: unknown
}

export interface SigningRequest {
  readonly imageId: string
  readonly operations: readonly StepInput[]
  readonly format: string
  /** In seconds. */
  readonly expiresIn?: number
  /** The name of a policy, whose derivatives the signature covers. */
  readonly policy?: string
}

export type Usage<Item extends UsageDay | UsageName> = UsageReport<Item>

/** The secret is set only in the response that creates the key. */
export type SigningKey = SigningKeyInfo & Partial<WithSecret>

/** The secret is set only in the response that creates the key. */
export type ApiKey = ApiKeyWithoutSecret & Partial<WithSecret>

/** The secret is set only in the response that creates the webhook. */
export type Webhook = WebhookWithoutSecret & Partial<WithSecret>

export const webhookEvents = [
  'image.ready',
  'image.deleted',
  'derivative.failed',
  'quota.near',
] as const satisfies readonly WebhookEvent[]

/** The content of `_info.json`. */
export interface Info {
  readonly orientation: number
  readonly alpha: boolean
  readonly progressive: boolean
  readonly space: string
  readonly kind: 'photo' | 'graphic'
  readonly thumbhash: string
  readonly dominantColor: string
  readonly palette: readonly { readonly color: string; readonly share: number }[]
  readonly pHash: string
  readonly faces: readonly unknown[] | null
  readonly exif: Readonly<Record<string, string | number | boolean>>
}
