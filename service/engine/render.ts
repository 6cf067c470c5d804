import type { Sharp } from 'sharp'
import { DarkroomError, messageOf } from '../errors/catalogue.ts'
import type { PassContext } from '../operations/stage.ts'
import { outputFormats } from '../plan/formats.ts'
import type { PassSequence } from '../plan/passes.ts'
import type { Plan } from '../plan/plan.ts'
import { renderAnimation } from './animation.ts'
import type { RenderedImage } from './encode/output.ts'
import { attachGainMap } from './gain-map/gain-map.ts'
import {
  drawPass,
  materialize,
  type RenderContext,
  recolorBeforeFlatten,
  runUntilLastPass,
} from './passes.ts'
import { improveOnStandin } from './quality/standin-improvement.ts'
import { encodeStill, smallerCoding } from './quality/still.ts'
import { repaintPixels } from './repaint.ts'
import { undecodableError, verifyDecodable } from './sources/inspect.ts'
import { maxRenderSeconds } from './sources/libvips.ts'
import { openLayerImage, openOriginal, type RenderSource } from './sources/render-source.ts'

/** What bounds a development. */
export interface RenderLimits {
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
export function renderImage(source: RenderSource, plan: Plan, bounds: RenderLimits): Promise<RenderedImage> {
  const { original } = source
  return run(source, plan, bounds, async context => {
    if (plan.selection.frames > 1) return renderAnimation(original, context)
    const { drawn, alpha } = await drawStill(source, context)
    const finished = await encodeStill(drawn, alpha, context, original)
    return plan.gainMap ? attachGainMap(finished, original, plan, context.secondsLeft()) : finished
  })
}

/**
 * Runs the plan of a still that has been answered with a stand-in: writes it so that it weighs less and looks no worse.
 * @returns undefined where the stand-in is the best there is
 * @throws as `develop` does
 */
export function refineStandin(
  source: RenderSource,
  plan: Plan,
  standin: RenderedImage,
  bounds: RenderLimits,
): Promise<RenderedImage | undefined> {
  return run(source, plan, bounds, async context => {
    const { drawn, alpha } = await drawStill(source, context)
    const pickSmaller = smallerCoding(plan, source.original)
    return improveOnStandin(
      { ...context, open: await materialize(drawn, alpha, context), pickSmaller },
      standin,
    )
  })
}

/** Runs work on a material within its bounds, and says whose fault it was when it fails. */
async function run<T>(
  source: RenderSource,
  plan: Plan,
  { maxPixels, signal }: RenderLimits,
  work: (context: RenderContext) => Promise<T>,
): Promise<T> {
  const secondsLeft = deadline(signal)
  const canvas: PassContext = {
    opaque: false,
    openImage: (id, size) => openLayerImage(source, id, size, maxPixels, secondsLeft()),
    editPixels: (pipeline, paint) => repaintPixels(pipeline, paint, plan, secondsLeft()),
  }
  try {
    return await work({ plan, maxPixels, secondsLeft, canvas })
  } catch (error) {
    throw signal?.aborted ? signal.reason : await blame(error, source, plan, maxPixels)
  }
}

/** A still that has gone through all of its passes, and whether it may be transparent. */
async function drawStill(
  source: RenderSource,
  context: RenderContext,
): Promise<{ drawn: Sharp; alpha: boolean }> {
  const { plan, maxPixels, secondsLeft, canvas } = context
  const opaque = !outputFormats[plan.format].alpha
  const original = () => openOriginal(source, plan, maxPixels, secondsLeft())
  const prepared = await runUntilLastPass(original, courseOf(source, plan), isGrey(plan), context)
  const { open, last, grey } = opaque ? await recolorBeforeFlatten(prepared, context) : prepared
  const flat = opaque ? (await open()).flatten({ background: 'white' }) : await open()
  const drawn = await drawPass(flat, last, { ...canvas, opaque }, grey)
  return { drawn, alpha: !opaque && (last.at(-1)?.frame.alpha ?? true) }
}

/** What is done to what is read. */
const courseOf = ({ isRung }: RenderSource, plan: Plan): PassSequence =>
  (isRung && plan.rung?.sequence) || plan

/** Whether stages that paint need the picture brought to three channels of 8 bits first. */
const isGrey = ({ facts }: Plan) => !/^(srgb|cmyk)$/.test(facts.space)

/** Counts down the whole seconds that a development may take. */
function deadline(signal: AbortSignal | undefined): () => number {
  const begun = performance.now()
  return () => {
    signal?.throwIfAborted()
    const left = maxRenderSeconds - Math.floor((performance.now() - begun) / 1000)
    if (left < 1) throw new DarkroomError('deadline', 'the image took too long')
    return left
  }
}

/** Whose fault it was: an original that cannot even be read is the uploader's, anything else is ours. */
async function blame(
  error: unknown,
  { original: source, isRung }: RenderSource,
  plan: Plan,
  maxPixels: number,
): Promise<unknown> {
  // a rung is our own work
  if (error instanceof DarkroomError || isRung) return error
  // a loader names itself in what it says
  if (/^(VipsJpeg|vipspng|tiff2vips|gifload|webp|heif):/.test(messageOf(error)))
    return undecodableError(error)
  if (messageOf(error).includes('timeout'))
    return new DarkroomError('deadline', 'the image took too long', { cause: error })
  // a drawing that was rendered can be read
  if (plan.vectorSize) return error
  return verifyDecodable(source, maxPixels).then(
    () => error,
    refusal => refusal,
  )
}
