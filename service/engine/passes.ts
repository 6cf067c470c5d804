import type { Sharp } from 'sharp'
import type { PassContext } from '../operations/stage.ts'
import type { Pass, PassSequence } from '../plan/passes.ts'
import type { Plan } from '../plan/plan.ts'
import { withColorProfile, withMetadata } from './encode/output.ts'
import { keepsDepth, withDepth } from './metadata/depth.ts'
import { openIntermediate, openRaw } from './sources/libvips.ts'

/** The context that all passes of one render share. */
export interface RenderContext {
  readonly plan: Plan
  /** Maximum number of pixels an original may have. */
  readonly maxPixels: number
  /**
   * Whole seconds left for the render.
   * @throws DarkroomError `deadline` when none are left; the signal's reason when aborted
   */
  readonly secondsLeft: () => number
  readonly passContext: PassContext
}

/** Opens the pixels between two passes. May be called several times. */
export type OpenPipeline = () => Sharp | Promise<Sharp>

/** An image that has gone through all passes of its sequence but the last. */
export interface PendingLastPass {
  readonly open: OpenPipeline
  readonly last: Pass
  /** Whether the image is grey, or may have become grey. */
  readonly grey: boolean
  /** All passes of the sequence, including those that probes added. */
  readonly passes: readonly Pass[]
}

/**
 * Runs all passes of a sequence but the last. Each pass continues losslessly from the pixels of the one before. A probe
 * measures the pixels at its position and returns the rest of the sequence.
 */
export async function runUntilLastPass(
  open: OpenPipeline,
  sequence: PassSequence,
  grey: boolean,
  context: RenderContext,
): Promise<PendingLastPass> {
  const { passes, probe } = sequence
  if (probe === undefined) {
    const before = passes.slice(0, -1)
    const openResult = await runPasses(open, before, grey, context)
    return { open: openResult, last: passes.at(-1) ?? [], grey: grey || before.length > 0, passes }
  }
  const openResult = await runPasses(open, passes, grey, context)
  const rest = probe.resume(await probe.probe.measure(await openResult()))
  const pending = await runUntilLastPass(openResult, rest, true, context)
  return { ...pending, passes: [...passes, ...pending.passes] }
}

/**
 * sharp flattens an image onto its background before anything else in a pass. A stage that changes the colours of a
 * transparent image therefore runs in a pass before the flattening.
 */
export async function recolorBeforeFlatten(
  pending: PendingLastPass,
  context: RenderContext,
): Promise<PendingLastPass> {
  const { open, last, grey } = pending
  if (!last.some(({ changesColors, frame }) => changesColors && frame.alpha)) return pending
  return { ...pending, open: await runPasses(open, [last], grey, context), last: [], grey: true }
}

/**
 * Runs all passes but the last. The returned pipeline holds the last pass, which runs when the caller encodes the
 * pipeline.
 */
export async function runAllPasses(
  open: OpenPipeline,
  passes: readonly Pass[],
  context: RenderContext,
): Promise<Sharp> {
  const openResult = await runPasses(open, passes.slice(0, -1), false, context)
  return runPass(await openResult(), passes.at(-1) ?? [], context.passContext, passes.length > 1)
}

async function runPasses(
  open: OpenPipeline,
  passes: readonly Pass[],
  grey: boolean,
  context: RenderContext,
): Promise<OpenPipeline> {
  let openResult = open
  let maybeGrey = grey
  for (const pass of passes) {
    const result = await runPass(await openResult(), pass, context.passContext, maybeGrey)
    openResult = await materialize(result, pass.at(-1)?.frame.alpha ?? true, context)
    maybeGrey = true
  }
  return openResult
}

/**
 * A stage that adds colour to an image that is (or may have become) grey needs three channels from the start of the
 * pass.
 */
export async function runPass(
  pipeline: Sharp,
  pass: Pass,
  passContext: PassContext,
  grey: boolean,
): Promise<Sharp> {
  const addsColor = pass.some(({ colors }) => colors === 'adds')
  let result = grey && addsColor ? pipeline.pipelineColourspace('srgb') : pipeline
  for (const stage of pass) result = await stage.apply(result, passContext)
  return result
}

/**
 * Computes a pipeline's result: as raw pixels if nothing else has to be kept, otherwise as an uncompressed PNG. The PNG
 * keeps a profile, metadata, 16 bits per sample, and transparency, which sharp drops from raw grey pixels.
 */
export async function materialize(
  pipeline: Sharp,
  alpha: boolean,
  { plan, secondsLeft }: Pick<RenderContext, 'plan' | 'secondsLeft'>,
): Promise<OpenPipeline> {
  const { metadata = 'strip', profile = 'srgb' } = plan.settings
  if (metadata === 'keep' || profile !== 'srgb' || alpha || keepsDepth(plan)) {
    const png = withDepth(withColorProfile(await withMetadata(pipeline, plan), plan), plan).png({
      compressionLevel: 0,
    })
    const file = await png.toBuffer()
    return () => openIntermediate(file, secondsLeft())
  }
  const { data, info } = await pipeline.raw().toBuffer({ resolveWithObject: true })
  const pixels = { data, width: info.width, height: info.height, channels: info.channels }
  return () => openRaw(pixels, secondsLeft())
}
