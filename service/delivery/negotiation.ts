import type { Operations } from '../operations/registry.ts'
import type { OutputSettings } from '../operations/settings.ts'
import type { ImageFacts } from '../plan/facts.ts'
import {
  type AcceptedTypes,
  acceptAnything,
  type ContentTraits,
  chooseFormat,
  isGraphic,
} from '../plan/format-choice.ts'
import type { OutputFormat } from '../plan/formats.ts'
import { applyHints, applySaveData, type ClientHints, noHints } from '../plan/hints.ts'
import { sourceSettings, toPlannedSteps } from '../plan/planned-steps.ts'
import { staysAnimated } from '../plan/selection.ts'
import type { DerivativeAddress } from '../url/address.ts'
import { type ImageWithOverlays, planAddress } from './image-with-overlays.ts'

/** The accepted types and the hints of a client, by which `auto` is resolved. */
export interface ClientPreferences {
  readonly accepted: AcceptedTypes
  readonly hints: ClientHints
}

/** A client that sends neither `Accept` nor hints. */
export const noPreferences: ClientPreferences = { accepted: acceptAnything, hints: noHints }

/** The derivative that an address gives to a client. */
export interface Negotiated {
  /** The address with a format in place of `auto`. The object key is made from it. */
  readonly address: DerivativeAddress & { readonly format: OutputFormat }
  /** The traits by which the format was chosen; undefined when the URL names it. */
  readonly content?: ContentTraits
}

/**
 * Resolves `auto` for a client: first the sizes, then the format that suits a result of that size.
 * @throws DarkroomError `bad-url` or `not-applicable` for an address that no format could serve
 */
export function negotiate(
  operations: Operations,
  written: DerivativeAddress,
  image: ImageWithOverlays,
  { accepted, hints }: ClientPreferences,
): Negotiated {
  const address = { ...written, steps: applyHints(written.steps, hints) }
  const content = address.format === 'auto' ? contentOf(operations, address, image) : undefined
  const format = chooseFormat(address.format, accepted, content ?? unknownContent)
  const steps = applySaveData(written.steps, address.steps, format, hints)
  return { address: { ...address, steps, format }, ...(content ? { content } : {}) }
}

/** A placeholder for a URL that names its format: then these traits are not used. */
const unknownContent: ContentTraits = {
  alpha: false,
  animated: false,
  graphic: false,
  lossless: false,
  drawn: false,
  bilevel: false,
  pixels: 0,
  annotated: false,
}

/** Plans in JPEG, the cheapest format to encode; the limits of the chosen format are checked by its own plan. */
function contentOf(
  operations: Operations,
  address: DerivativeAddress,
  image: ImageWithOverlays,
): ContentTraits {
  const { alpha, width, height, settings } = planAddress(operations, address, image, 'jpg')
  const { facts } = image
  const animated = staysAnimated(facts, sourceSettings(toPlannedSteps(operations, address.steps)))
  return {
    alpha,
    animated,
    graphic: isGraphic(facts, image.insight?.kind),
    lossless: settings.lossless === true,
    drawn: isGraphic(facts),
    bilevel: facts.storedColors === 2 && width === facts.width && height === facts.height,
    pixels: width * height,
    annotated: isAnnotated(facts, settings),
  }
}

/** Whether the result has a colour profile other than sRGB, or metadata. */
function isAnnotated(facts: ImageFacts, { profile, metadata }: OutputSettings): boolean {
  const wide = facts.profile === 'p3' || facts.profile === 'other'
  const credits = facts.copyright !== undefined || facts.artist !== undefined
  return (
    profile === 'p3' ||
    (profile === 'keep' && wide) ||
    metadata === 'keep' ||
    (metadata === 'copyright' && credits)
  )
}
