import type { Authorize, AuthorizedRequest, Terms } from '../access/authorizer.ts'
import type { Operations } from '../operations/registry.ts'
import type { ContentTraits } from '../plan/format-choice.ts'
import type { OutputFormat } from '../plan/formats.ts'
import { type NegotiatedHeader, varyingHeaders } from '../plan/hints.ts'
import type { Plan } from '../plan/plan.ts'
import { derivativeKey } from '../storage/keys.ts'
import type { DerivativeAddress } from '../url/address.ts'
import { printFileName } from '../url/print.ts'
import { dependsOnFocalPoint } from './focal-point.ts'
import type { ImageDirectory } from './image-directory.ts'
import type { ImageInsights } from './image-insights.ts'
import {
  findImageWithOverlays,
  type ImageWithOverlays,
  planAddress,
  versionOf,
} from './image-with-overlays.ts'
import { isInfoAddress } from './info.ts'
import { type ClientPreferences, negotiate, noPreferences } from './negotiation.ts'
import { withVary } from './varying-error.ts'

/** For whom an address is resolved. */
export interface ResolveOptions {
  /** What the URL may request: the policy that the signature names, and the restrictions and limits of the user. */
  readonly terms: Terms
  /** The accepted types and the hints of the client; absent when it sends neither. */
  readonly client?: ClientPreferences
  /**
   * With a signal, faces that an operation needs are detected now if they are not stored yet. Without one, nothing is
   * decoded, and faces that are not stored are not known to the plan.
   */
  readonly detectFaces?: AbortSignal
}

/** The result of resolving a URL. */
export interface Resolution {
  /** The address with its presets expanded and a format in place of `auto`. It determines the canonical file name. */
  readonly address: DerivativeAddress & { readonly format: OutputFormat | 'json' }
  readonly image: ImageWithOverlays
  readonly format: OutputFormat | 'json'
  /** Undefined for `info`, which renders no pixels. */
  readonly plan: Plan | undefined
  /** The canonical file name. */
  readonly file: string
  /** Names the originals in the object key; null when none was replaced. */
  readonly version: string | null
  /** The object key, which is also the cache key. */
  readonly key: string
  /** The presets that were expanded. */
  readonly presets: readonly string[]
  /** The request headers that the result depends on, whether or not this client sent them. */
  readonly vary: readonly NegotiatedHeader[]
  /**
   * The traits by which an `auto` format was chosen, in addition to the client's preferences; undefined when the URL
   * names the format.
   */
  readonly content: ContentTraits | undefined
  /**
   * Whether the URL may give other bytes later: it names presets, depends on the image's focal point, or one of its
   * originals was replaced before.
   */
  readonly changeable: boolean
}

export interface ResolveParts {
  readonly operations: Operations
  readonly authorize: Authorize
  readonly directory: ImageDirectory
  readonly insights: Pick<ImageInsights, 'withFaces'>
}

/**
 * Determines the derivative that a URL stands for, for this client and under these terms. Delivery, signing, explain,
 * the planning of eager derivatives, jobs and fallbacks all call this one function, so that they always agree.
 * @throws DarkroomError `bad-url`, `forbidden`, `over-limit`, `not-found`, `deleted`, `not-applicable` or
 *   `unavailable`; the error is a `VaryingError` if a successful result would have depended on request headers
 */
export type Resolve = (address: DerivativeAddress, options: ResolveOptions) => Promise<Resolution>

/** The terms of requests that were authorized before: jobs, and the fallback image that a user has chosen. */
export const unrestrictedTerms: Terms = {
  policy: undefined,
  presetsOnly: false,
  originals: true,
  limits: null,
}

export function createResolve(parts: ResolveParts): Resolve {
  return (address, options) => resolve(parts, address, options)
}

async function resolve(
  parts: ResolveParts,
  written: DerivativeAddress,
  options: ResolveOptions,
): Promise<Resolution> {
  const { operations, authorize, directory } = parts
  // starts the look-up while the address is being authorized; if it fails, the look-up below throws the error
  directory.find(written.userId, written.imageId).catch(() => {})
  const authorized = await authorize(options.terms, written)
  const image = await findImageWithOverlays(directory, operations, authorized.address)
  const vary = varyingHeaders(authorized.address)
  try {
    return await planAndName(parts, { authorized, image, vary }, options)
  } catch (error) {
    throw withVary(error, vary)
  }
}

/** An authorized address with its images. */
interface Found extends Pick<Resolution, 'image' | 'vary'> {
  readonly authorized: AuthorizedRequest
}

/** Chooses the format, plans the render, checks its size and names the result. */
async function planAndName(
  { operations, insights }: ResolveParts,
  { authorized, image: found, vary }: Found,
  { client = noPreferences, detectFaces }: ResolveOptions,
): Promise<Resolution> {
  const { address: expanded, presets } = authorized
  const isInfo = isInfoAddress(expanded)
  const image = detectFaces ? await insights.withFaces(expanded.steps, found, detectFaces) : found
  const { address, content } = isInfo
    ? { address: expanded, content: undefined }
    : negotiate(operations, expanded, image, client)
  const { format } = address
  const plan = format === 'json' ? undefined : planAddress(operations, address, image, format)
  if (authorized.hasSizeLimit) authorized.checkSize(plan ?? image.facts)
  const file = printFileName(address, operations)
  const version = versionOf(image)
  const key = derivativeKey(address.userId, file, version)
  const changeable = presets.length > 0 || dependsOnFocalPoint(file) || version !== null
  return { address, image, format, plan, file, version, key, presets, vary, content, changeable }
}
