import type { Sharp } from 'sharp'
import { DarkroomError, messageOf } from '../errors/catalogue.ts'
import type { PassContext } from '../operations/operation.ts'
import { outputFormats } from '../plan/formats.ts'
import type { PassSequence } from '../plan/passes.ts'
import type { Plan } from '../plan/plan.ts'
import { developAnimation } from './animation.ts'
import { withGainMap } from './gain-map/gain-map.ts'
import { prove, undecodable } from './inspect.ts'
import { maxSeconds } from './libvips.ts'
import { type Material, openImage, openOriginal } from './open.ts'
import { beforeGround, draw, hold, prepare, type Workplace } from './passes.ts'
import { finish, lightening } from './quality/finish.ts'
import { improve } from './quality/improve.ts'
import { repaint } from './repaint.ts'
import type { Developed } from './write.ts'

/** What bounds a development. */
export interface Bounds {
  /** Pixels that the original may have. */
  readonly maxPixels: number
  /** Ends it between two passes; a pass itself cannot be interrupted. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Runs a plan on an original's bytes. All passes together have one time limit.
 * @throws DarkroomError `undecodable` when the original is damaged, `deadline` when it takes too long, `not-applicable`
 *   when its pixels do not allow what was asked; the signal's reason when it aborts
 */
export function develop(material: Material, plan: Plan, bounds: Bounds): Promise<Developed> {
  const { original } = material
  return run(material, plan, bounds, async place => {
    if (plan.selection.frames > 1) return developAnimation(original, place)
    const { drawn, alpha } = await drawStill(material, place)
    const finished = await finish(drawn, alpha, place, original)
    return plan.gainMap ? withGainMap(finished, original, plan, place.secondsLeft()) : finished
  })
}

/**
 * Runs the plan of a still that has been answered with a stand-in: writes it so that it weighs less and looks no worse.
 * @returns undefined where the stand-in is the best there is
 * @throws as `develop` does
 */
export function refine(
  material: Material,
  plan: Plan,
  standin: Developed,
  bounds: Bounds,
): Promise<Developed | undefined> {
  return run(material, plan, bounds, async place => {
    const { drawn, alpha } = await drawStill(material, place)
    const lighten = lightening(plan, material.original)
    return improve({ ...place, open: await hold(drawn, alpha, place), lighten }, standin)
  })
}

/** Runs work on a material within its bounds, and says whose fault it was when it fails. */
async function run<T>(
  material: Material,
  plan: Plan,
  { maxPixels, signal }: Bounds,
  work: (place: Workplace) => Promise<T>,
): Promise<T> {
  const secondsLeft = deadline(signal)
  const canvas: PassContext = {
    opaque: false,
    openImage: (id, size) => openImage(material, id, size, maxPixels, secondsLeft()),
    editPixels: (pipeline, paint) => repaint(pipeline, paint, plan, secondsLeft()),
  }
  try {
    return await work({ plan, maxPixels, secondsLeft, canvas })
  } catch (error) {
    throw signal?.aborted ? signal.reason : await blame(error, material, plan, maxPixels)
  }
}

/** A still that has gone through all of its passes, and whether it may be transparent. */
async function drawStill(material: Material, place: Workplace): Promise<{ drawn: Sharp; alpha: boolean }> {
  const { plan, maxPixels, secondsLeft, canvas } = place
  const opaque = !outputFormats[plan.format].alpha
  const original = () => openOriginal(material, plan, maxPixels, secondsLeft())
  const prepared = await prepare(original, courseOf(material, plan), isGrey(plan), place)
  const { open, last, grey } = opaque ? await beforeGround(prepared, place) : prepared
  const flat = opaque ? (await open()).flatten({ background: 'white' }) : await open()
  const drawn = await draw(flat, last, { ...canvas, opaque }, grey)
  return { drawn, alpha: !opaque && (last.at(-1)?.frame.alpha ?? true) }
}

/** What is done to what is read. */
const courseOf = ({ isRung }: Material, plan: Plan): PassSequence => (isRung && plan.rung?.sequence) || plan

/** Whether stages that paint need the picture brought to three channels of 8 bits first. */
const isGrey = ({ facts }: Plan) => !/^(srgb|cmyk)$/.test(facts.space)

/** Counts down the whole seconds that a development may take. */
function deadline(signal: AbortSignal | undefined): () => number {
  const begun = performance.now()
  return () => {
    signal?.throwIfAborted()
    const left = maxSeconds - Math.floor((performance.now() - begun) / 1000)
    if (left < 1) throw new DarkroomError('deadline', 'the image took too long')
    return left
  }
}

/** Whose fault it was: an original that cannot even be read is the uploader's, anything else is ours. */
async function blame(
  error: unknown,
  { original: source, isRung }: Material,
  plan: Plan,
  maxPixels: number,
): Promise<unknown> {
  // a rung is our own work
  if (error instanceof DarkroomError || isRung) return error
  // a loader names itself in what it says
  if (/^(VipsJpeg|vipspng|tiff2vips|gifload|webp|heif):/.test(messageOf(error))) return undecodable(error)
  if (messageOf(error).includes('timeout'))
    return new DarkroomError('deadline', 'the image took too long', { cause: error })
  // a drawing that was rendered can be read
  if (plan.vectorSize) return error
  return prove(source, maxPixels).then(
    () => error,
    refusal => refusal,
  )
}
