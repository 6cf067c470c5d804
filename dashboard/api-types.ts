import type {
  User as Account,
  ApiKey as ShownApiKey,
  SigningKeyInfo,
  WithSecret,
} from '../service/client/api-account-types.ts'
import type {
  Webhook as ShownWebhook,
  UsageDay,
  UsageName,
  UsageReport,
  WebhookEvent,
} from '../service/client/api-report-types.ts'
import type { BulkOrder } from '../service/client/api-types.ts'

/** The shapes of the API that the dashboard reads: the client's, and what the client has no use for. */

export type {
  Holdings,
  Job,
  JobPage as Jobs,
  Limits,
  SigningKeyState as KeyState,
  User as Account,
  UserChanges as AccountChanges,
} from '../service/client/api-account-types.ts'
export type {
  OperationInfo as Operation,
  OperationList as Operations,
  UsageDay,
  UsageName,
  WebhookDelivery as Delivery,
  WebhookEvent,
} from '../service/client/api-report-types.ts'
export type {
  BulkResult,
  Image,
  ImageChanges,
  Page,
  Point as Focal,
  Preset,
  Signed,
  StoredDerivative as Derivative,
} from '../service/client/api-types.ts'

/** A user as the login tells him. */
export type User = Pick<Account, 'id' | 'email' | 'role'>

export interface Session {
  readonly accessToken: string
  /** Seconds. */
  readonly expiresIn: number
  readonly user: User
}

export type BulkAction = BulkOrder['action']

/** An operation as a form writes it, which the service checks. */
export interface StepInput {
  readonly op: string
  readonly [option: string]: unknown
}

export interface SigningRequest {
  readonly imageId: string
  readonly operations: readonly StepInput[]
  readonly format: string
  /** Seconds. */
  readonly expiresIn?: number
}

export type Usage<Item extends UsageDay | UsageName> = UsageReport<Item>

/** The secret is shown once, when the key is created. */
export type SigningKey = SigningKeyInfo & Partial<WithSecret>

/** As a signing key. */
export type ApiKey = ShownApiKey & Partial<WithSecret>

/** As a signing key. */
export type Webhook = ShownWebhook & Partial<WithSecret>

export const webhookEvents = [
  'image.ready',
  'image.deleted',
  'derivative.failed',
  'quota.near',
] as const satisfies readonly WebhookEvent[]

/** What `_info.json` tells of an image. */
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
