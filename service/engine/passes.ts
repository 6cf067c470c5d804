import type { Sharp } from 'sharp'
import type { PassContext } from '../operations/stage.ts'
import type { Pass, PassSequence } from '../plan/passes.ts'
import type { Plan } from '../plan/plan.ts'
import { withColorProfile, withMetadata } from './encode/output.ts'
import { keepsDepth, withDepth } from './metadata/depth.ts'
import { openIntermediate, openRaw } from './sources/libvips.ts'

/** What every pass of a development may use. */
export interface RenderContext {
  readonly plan: Plan
  /** Pixels that the original may have. */
  readonly maxPixels: number
  /** Whole seconds that the development may still take. @throws DarkroomError `deadline`, or the signal's reason */
  readonly secondsLeft: () => number
  readonly canvas: PassContext
}

/** A picture between two passes, which is opened as often as it is looked at. */
export type OpenPipeline = () => Sharp | Promise<Sharp>

/** A picture that has gone through its course but for the last pass. */
export interface PendingLastPass {
  readonly open: OpenPipeline
  readonly last: Pass
  /** Whether the picture is grey, or may have become so. */
  readonly grey: boolean
  /** All passes that the course turned out to have. */
  readonly passes: readonly Pass[]
}

/**
 * Takes a picture through a course short of its last pass: each pass continues from the pixels of the one before,
 * without loss, and a probe looks at what there is by then.
 */
export async function runUntilLastPass(
  open: OpenPipeline,
  course: PassSequence,
  grey: boolean,
  context: RenderContext,
): Promise<PendingLastPass> {
  const { passes, probe } = course
  if (probe === undefined) {
    const before = passes.slice(0, -1)
    const through = await go(open, before, grey, context)
    return { open: through, last: passes.at(-1) ?? [], grey: grey || before.length > 0, passes }
  }
  const through = await go(open, passes, grey, context)
  const rest = probe.resume(await probe.probe.measure(await through()))
  const prepared = await runUntilLastPass(through, rest, true, context)
  return { ...prepared, passes: [...passes, ...prepared.passes] }
}

/** sharp lays a picture over white before all else of a pass: what gives transparent pictures other colours is done first. */
export async function recolorBeforeFlatten(
  prepared: PendingLastPass,
  context: RenderContext,
): Promise<PendingLastPass> {
  const { open, last, grey } = prepared
  if (!last.some(({ changesColors, frame }) => changesColors && frame.alpha)) return prepared
  return { ...prepared, open: await go(open, [last], grey, context), last: [], grey: true }
}

/** Draws all of these passes, the last of which is left for the caller to write. */
export async function drawPasses(
  open: OpenPipeline,
  passes: readonly Pass[],
  context: RenderContext,
): Promise<Sharp> {
  const through = await go(open, passes.slice(0, -1), false, context)
  return drawPass(await through(), passes.at(-1) ?? [], context.canvas, passes.length > 1)
}

async function go(
  open: OpenPipeline,
  passes: readonly Pass[],
  grey: boolean,
  context: RenderContext,
): Promise<OpenPipeline> {
  let through = open
  let maybeGrey = grey
  for (const pass of passes) {
    const drawn = await drawPass(await through(), pass, context.canvas, maybeGrey)
    through = await materialize(drawn, pass.at(-1)?.frame.alpha ?? true, context)
    maybeGrey = true
  }
  return through
}

/** Colour on a picture that is grey, or may have become so, needs its three channels from the start of the pass. */
export async function drawPass(
  pipeline: Sharp,
  pass: Pass,
  canvas: PassContext,
  grey: boolean,
): Promise<Sharp> {
  const paints = pass.some(({ colors }) => colors === 'adds')
  let drawn = grey && paints ? pipeline.pipelineColourspace('srgb') : pipeline
  for (const stage of pass) drawn = await stage.apply(drawn, canvas)
  return drawn
}

/**
 * Holds what a pipeline makes: as raw pixels where those are all there is, else as an uncompressed file. It carries a
 * profile, metadata and 16 bits a sample that must be kept, and transparency, which sharp drops from raw grey pixels.
 */
export async function materialize(
  pipeline: Sharp,
  alpha: boolean,
  { plan, secondsLeft }: Pick<RenderContext, 'plan' | 'secondsLeft'>,
): Promise<OpenPipeline> {
  const { metadata = 'strip', profile = 'srgb' } = plan.settings
  if (metadata === 'keep' || profile !== 'srgb' || alpha || keepsDepth(plan)) {
    const carrier = withDepth(withColorProfile(withMetadata(pipeline, plan), plan), plan).png({
      compressionLevel: 0,
    })
    const file = await carrier.toBuffer()
    return () => openIntermediate(file, secondsLeft())
  }
  const { data, info } = await pipeline.raw().toBuffer({ resolveWithObject: true })
  const picture = { data, width: info.width, height: info.height, channels: info.channels }
  return () => openRaw(picture, secondsLeft())
}
