import { DarkroomError } from '../errors/catalogue.ts'
import type { OutputSettings } from '../operations/settings.ts'
import type { Size } from '../operations/shapes.ts'
import { decodeCostMs, encodeCostMs } from './cost.ts'
import { type ExpandedSteps, expandSteps } from './expand-steps.ts'
import type { ImageFacts } from './facts.ts'
import type { OutputFormat } from './formats.ts'
import { type GainMapTransform, planGainMap, wantsGainMap } from './gain-map.ts'
import { initialContext } from './image-context.ts'
import { chooseRung, chooseSharedCopy, type PixelCopy, type RungSource } from './ladder.ts'
import { checkPlannedSize, intermediateLimits, outputLabel, outputLimits, type SizeLimits } from './limits.ts'
import type { PassSequence } from './passes.ts'
import { type PlanInput, toPlanInput } from './plan-input.ts'
import { outputSettings, type PlannedStep, sourceSettings } from './planned-steps.ts'
import { framesThatFit, type PageSelection, selectPages, sourceFrame } from './selection.ts'
import type { SourceImage } from './source-image.ts'

/** How a derivative is rendered from an original, decided before a pixel is read. */
export interface Plan extends PassSequence {
  /** The input that this plan was made from. */
  readonly input: PlanInput
  readonly facts: ImageFacts
  /** The page or frames to read. */
  readonly selection: PageSelection
  readonly format: OutputFormat
  readonly settings: OutputSettings
  /** Ids of the overlaid images. */
  readonly imageIds: readonly string[]
  /** For a vector image: the size at which it is rendered. */
  readonly vectorSize?: Size
  /** For an HDR gain map that is kept: how it follows the image. */
  readonly gainMap?: GainMapTransform
  /** The rung that is read instead of the original. */
  readonly rung?: RungSource
  /**
   * Without a rung: the copy of the original that is read instead while several renders read the image at once. The cost
   * does not count on it.
   */
  readonly sharedCopy?: PixelCopy
  /** Estimated CPU milliseconds in total. */
  readonly costMs: number
}

/** The most work that one URL may request, in estimated CPU milliseconds. */
export const maxCostMs = 60_000

/**
 * Plans a derivative: operations apply from left to right, and all sizes follow from the original's size.
 * @throws DarkroomError `bad-url` when options contradict each other or do not fit the image, or the output is too large;
 *   `not-applicable` for a page that the image does not have
 */
export function planDerivative(
  source: SourceImage,
  steps: readonly PlannedStep[],
  format: OutputFormat,
): Plan {
  const { facts } = source
  const requested = outputSettings(steps)
  const selection = selectPages(facts, sourceSettings(steps), format)
  const frame = sourceFrame(facts, selection.page)
  const context = initialContext(source, selection, frame)
  const expanded = expandSteps(steps, { frame, context, limits: intermediateLimits(frame) })
  const { stages, probes } = expanded
  const sequence = limitOutput(outputLimits(format), expanded.sequence)
  const frames = framesThatFit(selection.frames, sequence)
  const scaled = stages[0]?.fixedSize ? stages[0].frame : frame
  const settings = { ...requested, ...keepPalette(facts, sequence, format, requested) }
  const keepsGainMap = wantsGainMap(facts, format, settings)
  const gainMap =
    keepsGainMap && probes.length === 0 ? planGainMap(facts, stages, sequence, settings) : undefined
  const codecMs = decodeCostMs(facts, frame.width / scaled.width) + encodeCostMs(sequence, format, settings)
  const costMs = totalCostMs(expanded, frames, codecMs) + (gainMap?.costMs ?? 0)
  // Checks the cost from the original, so that a URL is not rejected or accepted depending on which rungs exist.
  checkCost(costMs)
  const request = { facts, selection, settings, sequence }
  const rung = chooseRung(request, source.ladder)
  const sharedCopy = rung || gainMap ? undefined : chooseSharedCopy(request)
  const imageIds = [...new Set(stages.flatMap(({ imageIds = [] }) => imageIds))]
  checkOverlayBytes(imageIds.map(id => source.images?.get(id)?.bytes ?? 0))
  const notes = [
    ...sequence.notes,
    ...(facts.truncated ? ['truncated'] : []),
    ...(frames < selection.frames ? ['frames-capped'] : []),
    ...(keepsGainMap && gainMap === undefined ? ['gain-map-lost'] : []),
  ]
  return {
    ...sequence,
    input: toPlanInput(source, steps, format),
    notes: [...new Set(notes)],
    facts,
    selection: { ...selection, frames },
    format,
    settings,
    imageIds,
    ...(facts.vector ? { vectorSize: { width: scaled.width, height: scaled.height } } : {}),
    ...(gainMap && { gainMap }),
    ...(rung && { rung }),
    ...(sharedCopy && { sharedCopy }),
    costMs: costMs - (rung?.savedMs ?? 0),
  }
}

/**
 * Keeps a palette in the PNG of an original that has one. Scaling mixes colours, and a PNG with all mixed colours would
 * have several times the bytes. An original in black and white gets 16 greys. The palette is not kept if an operation
 * other than sharpening adds colours.
 */
function keepPalette(
  { storedColors }: ImageFacts,
  { passes, probe }: PassSequence,
  format: OutputFormat,
  { quality, lossless }: OutputSettings,
): OutputSettings {
  const isFree = quality === undefined && !lossless
  if (format !== 'png' || storedColors === undefined || !isFree || probe !== undefined) return {}
  const isKept = passes.flat().every(stage => stage.colors !== 'adds' || stage.sharpens)
  return isKept ? { palette: storedColors === 2 ? 16 : 256 } : {}
}

/** Probes and fixed costs count once, everything else per frame. */
function totalCostMs({ stages, probes }: ExpandedSteps, frames: number, codecMs: number): number {
  const onceMs = total(probes) + stages.reduce((sum, { fixedCostMs = 0 }) => sum + fixedCostMs, 0)
  return onceMs + frames * (codecMs + total(stages))
}

const total = (parts: readonly { costMs: number }[]) => parts.reduce((sum, { costMs }) => sum + costMs, 0)

function checkCost(costMs: number): void {
  if (costMs <= maxCostMs) return
  const [seconds, limit] = [costMs, maxCostMs].map(ms => Math.round(ms / 1000))
  throw new DarkroomError(
    'bad-url',
    `estimated processing time is ${seconds} s, expected at most ${limit} s; use fewer pixels, fewer operations or less effort`,
  )
}

/** The most bytes of overlaid images that a rendering holds in memory: a URL can name many. */
const maxOverlayBytes = 100_000_000

function checkOverlayBytes(bytes: readonly number[]): void {
  const sum = bytes.reduce((sum, length) => sum + length, 0)
  if (sum <= maxOverlayBytes) return
  const [megabytes, limit] = [sum, maxOverlayBytes].map(length => Math.ceil(length / 1e6))
  throw new DarkroomError(
    'bad-url',
    `overlay: the overlaid images have ${megabytes} MB together, expected at most ${limit} MB`,
  )
}

/** Checks a sequence against the output's limits, also after a probe, whose result can lead to another aspect ratio. */
function limitOutput(limits: SizeLimits, sequence: PassSequence): PassSequence {
  checkPlannedSize(outputLabel, sequence, limits)
  const { probe } = sequence
  if (probe === undefined) return sequence
  return { ...sequence, probe: { ...probe, resume: result => limitOutput(limits, probe.resume(result)) } }
}

/**
 * The words of a response's `Darkroom-Note`, which name where the result differs from the request. They depend only on
 * the plan and the length of the result, so they are the same from every cache.
 * @param bytes length of the derivative; 0 when it is not known, because the client already has it
 */
export function responseNotes({ notes, settings }: Plan, bytes = 0): readonly string[] {
  return bytes > (settings.maxBytes ?? Number.POSITIVE_INFINITY) ? [...notes, 'over-budget'] : notes
}
