import { DarkroomError } from '../errors/catalogue.ts'
import type { OutputSettings } from '../operations/settings.ts'
import type { Frame, Size } from '../operations/shapes.ts'
import type { ImageContext, Probe, Stage, StageOrProbe } from '../operations/stage.ts'
import { decodeCostMs, encodeCostMs } from './cost.ts'
import type { ImageFacts } from './facts.ts'
import type { OutputFormat } from './formats.ts'
import { type GainMapTransform, planGainMap, wantsGainMap } from './gain-map.ts'
import { contextAfter, initialContext } from './image-context.ts'
import { chooseRung, type RungSource } from './ladder.ts'
import { checkPlannedSize, intermediateLimits, outputLabel, outputLimits, type SizeLimits } from './limits.ts'
import { type PassSequence, splitPasses } from './passes.ts'
import { type PlanInput, toPlanInput } from './plan-input.ts'
import { outputSettings, type PlannedStep, sourceSettings } from './planned-steps.ts'
import { framesThatFit, type PageSelection, selectPages, sourceFrame } from './selection.ts'
import type { SourceImage } from './source-image.ts'

/** How a derivative is made of an original, decided before a pixel is read. */
export interface Plan extends PassSequence {
  /** What it was made of. */
  readonly input: PlanInput
  readonly facts: ImageFacts
  /** The page or frames that are read. */
  readonly selection: PageSelection
  readonly format: OutputFormat
  readonly settings: OutputSettings
  /** Ids of the other images that are painted in. */
  readonly imageIds: readonly string[]
  /** For a drawing without pixels: the size at which it is rendered. */
  readonly vectorSize?: Size
  /** For an HDR gain map that is kept: how it follows the picture. */
  readonly gainMap?: GainMapTransform
  /** A rung of the image that serves in place of the original. */
  readonly rung?: RungSource
  /** Estimated CPU milliseconds for the whole. */
  readonly costMs: number
}

/** The most work that one URL may ask for, in estimated milliseconds. */
const maxCostMs = 60_000

/**
 * Plans a derivative: operations apply from left to right, sizes follow from the original's.
 * @throws DarkroomError `bad-url` when options contradict each other or the picture, or the output is too large;
 *   `not-applicable` for a page that the image does not have
 */
export function planDerivative(
  subject: SourceImage,
  steps: readonly PlannedStep[],
  format: OutputFormat,
): Plan {
  const { facts } = subject
  const settings = outputSettings(steps)
  const selection = selectPages(facts, sourceSettings(steps), format)
  const frame = sourceFrame(facts, selection.page)
  const scene = initialContext(subject, selection, frame)
  const followed = follow(steps, { frame, scene, limits: intermediateLimits(frame) })
  const { stages, probes } = followed
  const course = within(outputLimits(format), followed.sequence)
  const frames = framesThatFit(selection.frames, course)
  const scaled = stages[0]?.fixedSize ? stages[0].frame : frame
  const decoding = decodeCostMs(facts, frame.width / scaled.width)
  const once = total(probes) + stages.reduce((sum, { fixedCostMs: onceMs = 0 }) => sum + onceMs, 0)
  const wantsMap = wantsGainMap(facts, format, settings)
  const gainMap = wantsMap && probes.length === 0 ? planGainMap(facts, stages, course, settings) : undefined
  const still = decoding + total(stages) + encodeCostMs(course, format, settings)
  const costMs = once + frames * still + (gainMap?.costMs ?? 0)
  // by the original, so that what is refused does not change when the rungs are there
  checkCost(costMs)
  const rung = chooseRung({ facts, selection, settings, sequence: course }, subject.ladder)
  const images = [...new Set(stages.flatMap(({ imageIds: images }) => images ?? []))]
  checkOverlayBytes(images.map(id => subject.images?.get(id)?.bytes ?? 0))
  const notes = [
    ...course.notes,
    ...(frames < selection.frames ? ['frames-capped'] : []),
    ...(wantsMap && gainMap === undefined ? ['gain-map-lost'] : []),
  ]
  return {
    ...course,
    input: toPlanInput(subject, steps, format),
    notes: [...new Set(notes)],
    facts,
    selection: { ...selection, frames },
    format,
    settings,
    imageIds: images,
    ...(facts.vector ? { vectorSize: { width: scaled.width, height: scaled.height } } : {}),
    ...(gainMap && { gainMap }),
    ...(rung && { rung }),
    costMs: costMs - (rung?.savedMs ?? 0),
  }
}

interface Followed {
  readonly sequence: PassSequence
  /** All that is done, as far as it can be foreseen. */
  readonly stages: readonly Stage[]
  readonly probes: readonly Probe<unknown>[]
}

/** Where a course begins. */
interface Start {
  readonly frame: Frame
  readonly scene: ImageContext
  readonly limits: SizeLimits
  /** What was noted before. */
  readonly notes?: readonly string[]
}

/**
 * Takes the steps from left to right until a probe; what comes after it is planned with the answer that it expects,
 * so that costs and mistakes are known, and again with the true one.
 */
function follow(steps: readonly PlannedStep[], start: Start, found: readonly Stage[] = []): Followed {
  let { frame, scene } = start
  const { notes = [] } = start
  const stages: Stage[] = []
  const take = (stage: Stage) => {
    stages.push(stage)
    frame = stage.frame
    scene = contextAfter(scene, stage)
  }
  found.forEach(take)
  for (const [index, { operation, options }] of steps.entries()) {
    for (const part of operation.stages(options, frame, scene)) {
      if (isStage(part)) take(part)
      else {
        const here = { ...start, frame, scene, notes: [...notes, ...notesOf(stages)] }
        return probed(stages, part, found => follow(steps.slice(index + 1), here, part.stages(found)))
      }
    }
    checkPlannedSize(operation.name, frame, start.limits)
  }
  const course = { passes: splitPasses(stages), ...frame, notes: [...notes, ...notesOf(stages)] }
  return { sequence: course, stages, probes: [] }
}

const isStage = (part: StageOrProbe): part is Stage => 'apply' in part

const notesOf = (stages: readonly Stage[]) => stages.flatMap(({ note }) => note ?? [])

/** A course as far as the probe, which is the last that its operation does; and how it goes on. */
function probed(
  stages: readonly Stage[],
  probe: Probe<unknown>,
  resume: (found: unknown) => Followed,
): Followed {
  const expected = resume(probe.expected)
  return {
    sequence: {
      passes: splitPasses(stages),
      probe: { probe, resume: found => resume(found).sequence },
      width: expected.sequence.width,
      height: expected.sequence.height,
      alpha: expected.sequence.alpha,
      notes: expected.sequence.notes,
    },
    stages: [...stages, ...expected.stages],
    probes: [probe, ...expected.probes],
  }
}

const total = (parts: readonly { costMs: number }[]) => parts.reduce((sum, { costMs }) => sum + costMs, 0)

function checkCost(costMs: number): void {
  if (costMs <= maxCostMs) return
  const seconds = Math.round(costMs / 1000)
  throw new DarkroomError(
    'bad-url',
    `this would take about ${seconds} s: ask for fewer pixels, steps or less effort`,
  )
}

/** The most bytes of other images that a development holds: a URL can name fifty. */
const maxOtherBytes = 100_000_000

function checkOverlayBytes(bytes: readonly number[]): void {
  const sum = bytes.reduce((sum, length) => sum + length, 0)
  if (sum <= maxOtherBytes) return
  const [megabytes, most] = [sum, maxOtherBytes].map(length => Math.ceil(length / 1e6))
  throw new DarkroomError('bad-url', `overlay: the images have ${megabytes} MB together, at most ${most}`)
}

/** Holds a course to the output's limits: also one that a probe's answer leads to, by another aspect ratio. */
function within(limits: SizeLimits, course: PassSequence): PassSequence {
  checkPlannedSize(outputLabel, course, limits)
  const { probe } = course
  if (probe === undefined) return course
  return { ...course, probe: { ...probe, resume: found => within(limits, probe.resume(found)) } }
}
