import type { Operations } from '../operations/registry.ts'
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

/** What a client says of itself, from which `auto` is made something. */
export interface ClientPreferences {
  readonly accepted: AcceptedTypes
  readonly hints: ClientHints
}

/** A client that says nothing of itself. */
export const noPreferences: ClientPreferences = { accepted: acceptAnything, hints: noHints }

/** The derivative that a client gets of an address. */
export interface Negotiated {
  /** Without any `auto`: what the object is named after. */
  readonly address: DerivativeAddress & { readonly format: OutputFormat }
  /** What the format was chosen by; undefined when the URL names it. */
  readonly content?: ContentTraits
}

/**
 * Chooses for a client: first the sizes, then the format of what comes of them.
 * @throws DarkroomError `bad-url` or `not-applicable` for what could not be served in any format
 */
export function negotiate(
  operations: Operations,
  written: DerivativeAddress,
  picture: ImageWithOverlays,
  { accepted, hints }: ClientPreferences,
): Negotiated {
  const address = { ...written, steps: applyHints(written.steps, hints) }
  const content = address.format === 'auto' ? contentOf(operations, address, picture) : undefined
  const format = chooseFormat(address.format, accepted, content ?? unknownContent)
  const steps = applySaveData(written.steps, address.steps, format, hints)
  return { address: { ...address, steps, format }, ...(content ? { content } : {}) }
}

/** Has no say where the URL names the format. */
const unknownContent: ContentTraits = { alpha: false, animated: false, graphic: false }

/** Planned in the format that costs least: what it would cost in another is for that one's plan to refuse. */
function contentOf(
  operations: Operations,
  address: DerivativeAddress,
  picture: ImageWithOverlays,
): ContentTraits {
  const { alpha } = planAddress(operations, address, picture, 'jpg')
  const { facts } = picture
  const animated = staysAnimated(facts, sourceSettings(toPlannedSteps(operations, address.steps)))
  return { alpha, animated, graphic: isGraphic(facts, picture.insight?.kind) }
}
