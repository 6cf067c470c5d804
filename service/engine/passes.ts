import type { Sharp } from 'sharp'
import type { PassContext } from '../operations/operation.ts'
import type { Pass, PassSequence } from '../plan/passes.ts'
import type { Plan } from '../plan/plan.ts'
import { openCarrier, openRaw } from './libvips.ts'
import { keepsDepth, withDepth } from './metadata/depth.ts'
import { withColors, withMetadata } from './write.ts'

/** What every pass of a development may use. */
export interface Workplace {
  readonly plan: Plan
  /** Pixels that the original may have. */
  readonly maxPixels: number
  /** Whole seconds that the development may still take. @throws DarkroomError `deadline`, or the signal's reason */
  readonly secondsLeft: () => number
  readonly canvas: PassContext
}

/** A picture between two passes, which is opened as often as it is looked at. */
export type Open = () => Sharp | Promise<Sharp>

/** A picture that has gone through its course but for the last pass. */
export interface Prepared {
  readonly open: Open
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
export async function prepare(
  open: Open,
  course: PassSequence,
  grey: boolean,
  place: Workplace,
): Promise<Prepared> {
  const { passes, probe } = course
  if (probe === undefined) {
    const before = passes.slice(0, -1)
    const through = await go(open, before, grey, place)
    return { open: through, last: passes.at(-1) ?? [], grey: grey || before.length > 0, passes }
  }
  const through = await go(open, passes, grey, place)
  const rest = probe.resume(await probe.probe.measure(await through()))
  const prepared = await prepare(through, rest, true, place)
  return { ...prepared, passes: [...passes, ...prepared.passes] }
}

/** sharp lays a picture over white before all else of a pass: what gives transparent pictures other colours is done first. */
export async function beforeGround(prepared: Prepared, place: Workplace): Promise<Prepared> {
  const { open, last, grey } = prepared
  if (!last.some(({ changesColors: recolors, frame }) => recolors && frame.alpha)) return prepared
  return { ...prepared, open: await go(open, [last], grey, place), last: [], grey: true }
}

/** Draws all of these passes, the last of which is left for the caller to write. */
export async function drawAll(open: Open, passes: readonly Pass[], place: Workplace): Promise<Sharp> {
  const through = await go(open, passes.slice(0, -1), false, place)
  return draw(await through(), passes.at(-1) ?? [], place.canvas, passes.length > 1)
}

async function go(open: Open, passes: readonly Pass[], grey: boolean, place: Workplace): Promise<Open> {
  let through = open
  let maybeGrey = grey
  for (const pass of passes) {
    const drawn = await draw(await through(), pass, place.canvas, maybeGrey)
    through = await hold(drawn, pass.at(-1)?.frame.alpha ?? true, place)
    maybeGrey = true
  }
  return through
}

/** Colour on a picture that is grey, or may have become so, needs its three channels from the start of the pass. */
export async function draw(pipeline: Sharp, pass: Pass, canvas: PassContext, grey: boolean): Promise<Sharp> {
  const paints = pass.some(({ colors }) => colors === 'adds')
  let drawn = grey && paints ? pipeline.pipelineColourspace('srgb') : pipeline
  for (const stage of pass) drawn = await stage.apply(drawn, canvas)
  return drawn
}

/**
 * Holds what a pipeline makes: as raw pixels where those are all there is, else as an uncompressed file. It carries a
 * profile, metadata and 16 bits a sample that must be kept, and transparency, which sharp drops from raw grey pixels.
 */
export async function hold(
  pipeline: Sharp,
  alpha: boolean,
  { plan, secondsLeft }: Pick<Workplace, 'plan' | 'secondsLeft'>,
): Promise<Open> {
  const { metadata = 'strip', profile = 'srgb' } = plan.settings
  if (metadata === 'keep' || profile !== 'srgb' || alpha || keepsDepth(plan)) {
    const carrier = withDepth(withColors(withMetadata(pipeline, plan), plan), plan).png({
      compressionLevel: 0,
    })
    const file = await carrier.toBuffer()
    return () => openCarrier(file, secondsLeft())
  }
  const { data, info } = await pipeline.raw().toBuffer({ resolveWithObject: true })
  const picture = { data, width: info.width, height: info.height, channels: info.channels }
  return () => openRaw(picture, secondsLeft())
}
