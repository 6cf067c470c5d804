/**
 * Darkroom's client for browsers and Node 20 or newer. Building a path needs no secret and can run anywhere.
 * Signing a path needs the secret and belongs on a server.
 */
export { DarkroomError, type ErrorCode } from '../errors/catalogue.ts'
export type { Extension } from '../url/address.ts'
export type { PolicyLimits } from '../url/policy.ts'
export { type Api, createApi } from './api.ts'
export type * from './api-account-types.ts'
export type { ApiOptions, CallOptions, Token } from './api-call.ts'
export type * from './api-derivative-types.ts'
export { DarkroomApiError } from './api-error.ts'
export type { ImagesApi } from './api-images.ts'
export type { NamedApi } from './api-named.ts'
export type { PeopleApi } from './api-people.ts'
export type * from './api-report-types.ts'
export type * from './api-types.ts'
export type { WebhooksApi } from './api-webhooks.ts'
export type { Candidates } from './candidates.ts'
export {
  type Client,
  type ClientOptions,
  createClient,
  type Download,
  type Lifetime,
  type Output,
} from './client.ts'
export type * from './operations.generated.ts'
export type { Original, Size } from './output-size.ts'
export { picture } from './picture.ts'
export {
  type ImgAttributes,
  type Picture,
  type PictureFormat,
  type PictureImg,
  type PictureRequest,
  type PictureSource,
  pictureHtml,
} from './picture-markup.ts'
export { type PolicyGrant, policySrcset, policyUrl, readGrant } from './policy.ts'
export { policyTemplates } from './policy-templates.ts'
export { type SigningKey, type SignOptions, sign } from './sign.ts'
export { srcset } from './srcset.ts'
export { type Derivative, originalUrl, url } from './url.ts'
