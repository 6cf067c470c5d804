import { DarkroomError } from '../errors/catalogue.ts'
import type { Frame, OutputSettings, Part, Probe, Scene, Size, Stage } from '../operations/operation.ts'
import { decodingMs, encodingMs } from './cost.ts'
import type { ImageFacts } from './facts.ts'
import type { OutputFormat } from './formats.ts'
import { followGainMap, type GainMapCourse, wantsGainMap } from './gain-map.ts'
import { climb, type RungUse } from './ladder.ts'
import { intermediateLimits, type Limits, limitsOf, output, refuseHuge } from './limits.ts'
import { type Course, splitPasses } from './passes.ts'
import { type Recipe, recipeOf } from './recipe.ts'
import { firstScene, sceneAfter } from './scene.ts'
import { firstFrame, framesThatFit, type Selection, select } from './selection.ts'
import { outputOf, type PlannedStep, sourceOf } from './steps.ts'
import type { Subject } from './subject.ts'

/** How a derivative is made of an original, decided before a pixel is read. */
export interface Plan extends Course {
  /** What it was made of. */
  readonly recipe: Recipe
  readonly facts: ImageFacts
  /** The page or frames that are read. */
  readonly selection: Selection
  readonly format: OutputFormat
  readonly settings: OutputSettings
  /** Ids of the other images that are painted in. */
  readonly images: readonly string[]
  /** For a drawing without pixels: the size at which it is rendered. */
  readonly rendered?: Size
  /** For an HDR gain map that is kept: how it follows the picture. */
  readonly gainMap?: GainMapCourse
  /** A rung of the image that serves in place of the original. */
  readonly rung?: RungUse
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
export function planDerivative(subject: Subject, steps: readonly PlannedStep[], format: OutputFormat): Plan {
  const { facts } = subject
  const settings = outputOf(steps)
  const selection = select(facts, sourceOf(steps), format)
  const frame = firstFrame(facts, selection.page)
  const scene = firstScene(subject, selection, frame)
  const followed = follow(steps, { frame, scene, limits: intermediateLimits(frame) })
  const { stages, probes } = followed
  const course = within(limitsOf(format), followed.course)
  const frames = framesThatFit(selection.frames, course)
  const scaled = stages[0]?.exact ? stages[0].frame : frame
  const decoding = decodingMs(facts, frame.width / scaled.width)
  const once = total(probes) + stages.reduce((sum, { onceMs = 0 }) => sum + onceMs, 0)
  const wantsMap = wantsGainMap(facts, format, settings)
  const gainMap = wantsMap && probes.length === 0 ? followGainMap(facts, stages, course, settings) : undefined
  const still = decoding + total(stages) + encodingMs(course, format, settings)
  const costMs = once + frames * still + (gainMap?.costMs ?? 0)
  // by the original, so that what is refused does not change when the rungs are there
  refuseDear(costMs)
  const rung = climb({ facts, selection, settings, course }, subject.ladder)
  const images = [...new Set(stages.flatMap(({ images }) => images ?? []))]
  refuseHeavy(images.map(id => subject.images?.get(id)?.bytes ?? 0))
  const notes = [
    ...course.notes,
    ...(frames < selection.frames ? ['frames-capped'] : []),
    ...(wantsMap && gainMap === undefined ? ['gain-map-lost'] : []),
  ]
  return {
    ...course,
    recipe: recipeOf(subject, steps, format),
    notes: [...new Set(notes)],
    facts,
    selection: { ...selection, frames },
    format,
    settings,
    images,
    ...(facts.vector ? { rendered: { width: scaled.width, height: scaled.height } } : {}),
    ...(gainMap && { gainMap }),
    ...(rung && { rung }),
    costMs: costMs - (rung?.savedMs ?? 0),
  }
}

interface Followed {
  readonly course: Course
  /** All that is done, as far as it can be foreseen. */
  readonly stages: readonly Stage[]
  readonly probes: readonly Probe<unknown>[]
}

/** Where a course begins. */
interface Start {
  readonly frame: Frame
  readonly scene: Scene
  readonly limits: Limits
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
    scene = sceneAfter(scene, stage)
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
    refuseHuge(operation.name, frame, start.limits)
  }
  const course = { passes: splitPasses(stages), ...frame, notes: [...notes, ...notesOf(stages)] }
  return { course, stages, probes: [] }
}

const isStage = (part: Part): part is Stage => 'draw' in part

const notesOf = (stages: readonly Stage[]) => stages.flatMap(({ note }) => note ?? [])

/** A course as far as the probe, which is the last that its operation does; and how it goes on. */
function probed(
  stages: readonly Stage[],
  probe: Probe<unknown>,
  resume: (found: unknown) => Followed,
): Followed {
  const expected = resume(probe.expected)
  return {
    course: {
      passes: splitPasses(stages),
      probe: { probe, resume: found => resume(found).course },
      width: expected.course.width,
      height: expected.course.height,
      alpha: expected.course.alpha,
      notes: expected.course.notes,
    },
    stages: [...stages, ...expected.stages],
    probes: [probe, ...expected.probes],
  }
}

const total = (parts: readonly { costMs: number }[]) => parts.reduce((sum, { costMs }) => sum + costMs, 0)

function refuseDear(costMs: number): void {
  if (costMs <= maxCostMs) return
  const seconds = Math.round(costMs / 1000)
  throw new DarkroomError(
    'bad-url',
    `this would take about ${seconds} s: ask for fewer pixels, steps or less effort`,
  )
}

/** The most bytes of other images that a development holds: a URL can name fifty. */
const maxOtherBytes = 100_000_000

function refuseHeavy(bytes: readonly number[]): void {
  const sum = bytes.reduce((sum, length) => sum + length, 0)
  if (sum <= maxOtherBytes) return
  const [megabytes, most] = [sum, maxOtherBytes].map(length => Math.ceil(length / 1e6))
  throw new DarkroomError('bad-url', `overlay: the images have ${megabytes} MB together, at most ${most}`)
}

/** Holds a course to the output's limits: also one that a probe's answer leads to, by another aspect ratio. */
function within(limits: Limits, course: Course): Course {
  refuseHuge(output, course, limits)
  const { probe } = course
  if (probe === undefined) return course
  return { ...course, probe: { ...probe, resume: found => within(limits, probe.resume(found)) } }
}
