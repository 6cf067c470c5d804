import type { Sharp } from 'sharp'
import { DarkroomError, messageOf } from '../errors/catalogue.ts'
import type { RgbaPixels } from '../operations/analysis/resample.ts'
import { readColors, readRgba } from '../operations/analysis/rgba.ts'
import type { PassContext } from '../operations/stage.ts'
import { outputFormats } from '../plan/formats.ts'
import type { PassSequence } from '../plan/passes.ts'
import type { Plan } from '../plan/plan.ts'
import { renderAnimation } from './animation.ts'
import { editPixels } from './edit-pixels.ts'
import type { RenderedImage } from './encode/output.ts'
import { attachGainMap } from './gain-map/gain-map.ts'
import { materialize, type RenderContext, recolorBeforeFlatten, runPass, runUntilLastPass } from './passes.ts'
import { improveOnStandin } from './quality/standin-improvement.ts'
import { encodeStill, smallerCoding } from './quality/still.ts'
import { isLoaderError, undecodableError } from './sources/decoder-errors.ts'
import { verifyDecodable } from './sources/inspect.ts'
import { openIntermediate, renderSecondsFor } from './sources/libvips.ts'
import {
  copyRead,
  openLayerImage,
  openOriginal,
  pageInFile,
  type RenderSource,
} from './sources/render-source.ts'

/** Limits of a render. */
export interface RenderLimits {
  /** Maximum number of pixels an original may have. */
  readonly maxPixels: number
  /** Aborts the render between two passes. A running pass cannot be interrupted. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Executes a plan on the bytes of an original. One time limit covers all passes.
 * @throws DarkroomError `undecodable` when the original is damaged, `deadline` when the render takes too long,
 *   `not-applicable` when the pixels do not allow an operation; the signal's reason when aborted
 */
export function renderImage(source: RenderSource, plan: Plan, limits: RenderLimits): Promise<RenderedImage> {
  const { original } = source
  return runWithLimits(source, plan, limits, async context => {
    if (plan.selection.frames > 1) return renderAnimation(original, context)
    const { pipeline, alpha } = await runStillPasses(source, context)
    const image = await encodeStill(pipeline, alpha, context, original)
    return plan.gainMap ? attachGainMap(image, original, plan, context.secondsLeft()) : image
  })
}

/**
 * Executes a plan for a still PNG, and returns its pixels in sRGB instead of the file.
 * @throws as `renderImage`
 */
export function renderPixels(source: RenderSource, plan: Plan, limits: RenderLimits): Promise<RgbaPixels> {
  return runWithLimits(source, plan, limits, async context => {
    const { pipeline, alpha } = await runStillPasses(source, context)
    if (plan.facts.space === 'srgb') return readColors(pipeline)
    const { data } = await encodeStill(pipeline, alpha, context, source.original)
    return readRgba(openIntermediate(data, context.secondsLeft()))
  })
}

/**
 * Renders a still image for which a stand-in was served, now with fewer bytes and no lower quality.
 * @returns undefined when the stand-in cannot be improved
 * @throws as `renderImage`
 */
export function refineStandin(
  source: RenderSource,
  plan: Plan,
  standin: RenderedImage,
  limits: RenderLimits,
): Promise<RenderedImage | undefined> {
  return runWithLimits(source, plan, limits, async context => {
    const { pipeline, alpha } = await runStillPasses(source, context)
    const pickSmaller = smallerCoding(plan, source.original)
    return improveOnStandin(
      { ...context, open: await materialize(pipeline, alpha, context), pickSmaller },
      standin,
    )
  })
}

/** Runs work on a source within its limits. Errors are attributed: an undecodable original is not our fault. */
async function runWithLimits<T>(
  source: RenderSource,
  plan: Plan,
  { maxPixels, signal }: RenderLimits,
  work: (context: RenderContext) => Promise<T>,
): Promise<T> {
  const secondsLeft = countdown(renderSecondsFor(plan.costMs), signal)
  const passContext: PassContext = {
    opaque: false,
    openImage: (id, size) => openLayerImage(source, id, size, maxPixels, secondsLeft()),
    editPixels: (pipeline, edit) => editPixels(pipeline, edit, plan, secondsLeft()),
  }
  try {
    return await work({ plan, maxPixels, secondsLeft, passContext })
  } catch (error) {
    throw signal?.aborted ? signal.reason : await attributeError(error, source, plan, maxPixels)
  }
}

/** Runs all passes of a still image. `alpha` says whether the result may be transparent. */
async function runStillPasses(
  source: RenderSource,
  context: RenderContext,
): Promise<{ pipeline: Sharp; alpha: boolean }> {
  const { plan, maxPixels, secondsLeft, passContext } = context
  const opaque = !outputFormats[plan.format].alpha
  const original = () => openOriginal(source, plan, maxPixels, secondsLeft())
  const pending = await runUntilLastPass(
    original,
    sequenceFor(source, plan),
    needsColorConversion(plan),
    context,
  )
  const { open, last, grey } = opaque ? await recolorBeforeFlatten(pending, context) : pending
  const flat = opaque ? (await open()).flatten({ background: 'white' }) : await open()
  const pipeline = await runPass(flat, last, { ...passContext, opaque }, grey)
  return { pipeline, alpha: !opaque && (last.at(-1)?.frame.alpha ?? true) }
}

/** The passes for this source: a copy has its own sequence. */
const sequenceFor = (source: RenderSource, plan: Plan): PassSequence =>
  copyRead(source, plan)?.sequence ?? plan

/** Whether stages that add colour need the image converted to three 8-bit channels first. */
const needsColorConversion = ({ facts }: Plan) => !/^(srgb|cmyk)$/.test(facts.space)

/** Returns a function that gives the whole seconds left for a render. */
function countdown(seconds: number, signal: AbortSignal | undefined): () => number {
  const started = performance.now()
  return () => {
    signal?.throwIfAborted()
    const left = seconds - Math.floor((performance.now() - started) / 1000)
    if (left < 1) throw new DarkroomError('deadline', 'rendering took too long')
    return left
  }
}

/** Finds out whose fault an error is: an original that cannot be decoded is the uploader's, anything else is ours. */
async function attributeError(
  error: unknown,
  { original: source, pixelsOf }: RenderSource,
  plan: Plan,
  maxPixels: number,
): Promise<unknown> {
  if (error instanceof DarkroomError) return error
  // pixels were decoded before
  if (isLoaderError(error) && !pixelsOf) return undecodableError(error)
  if (messageOf(error).includes('timeout'))
    return new DarkroomError('deadline', 'rendering took too long', { cause: error })
  if (pixelsOf) return error
  // a vector file that was rasterized is readable
  if (plan.vectorSize) return error
  // libvips has one buffer of errors for all threads, so another render may have taken the decoder's message
  return verifyDecodable(source, maxPixels, { facts: plan.facts, page: pageInFile(plan) }).then(
    () => error,
    decodeError => decodeError,
  )
}
