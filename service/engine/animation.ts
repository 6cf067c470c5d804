import sharp, { type Sharp } from 'sharp'
import type { Pass } from '../plan/passes.ts'
import { framesThatFit } from '../plan/selection.ts'
import { encodeOutput, type RenderedImage } from './encode/output.ts'
import { drawPasses, type RenderContext, runUntilLastPass } from './passes.ts'
import { encodeToTarget, needsQualitySearch } from './quality/target.ts'
import { openIntermediate, openRaw, openSource, type RawPixels } from './sources/libvips.ts'

/** Samples of the frames that are decoded at once, in bytes: an animation may be much larger than memory. */
const chunkBytes = 64 * 1024 * 1024

/** Red, green, blue, alpha: every frame has the same channels. */
const channels = 4

/**
 * Develops an animation: every pass is run on each frame by itself, so that nothing of one bleeds into the next, and
 * count, delays and loop stay. A probe looks at the first frame, for all.
 * @throws Error of libvips
 */
export async function renderAnimation(source: Buffer, context: RenderContext): Promise<RenderedImage> {
  const { plan, secondsLeft } = context
  const { frames } = plan.selection
  const { delay = [], loop = 0 } = await openSource(source, Number.MAX_SAFE_INTEGER, { pages: -1 }).metadata()
  const drawn: RawPixels[] = []
  let passes: readonly Pass[] | undefined
  for await (const frame of decodeFrames(source, context)) {
    passes ??= await settle(frame, context)
    const picture = await drawFrame(frame, passes, context)
    drawn.push(picture)
    // what a probe found may have made frames larger than the plan could foresee
    if (drawn.length >= framesThatFit(frames, picture)) break
  }
  const { width = 0, height = 0 } = drawn[0] ?? {}
  const pixels = Buffer.concat(drawn.map(({ data }) => data))
  const raw = { width, height: height * drawn.length, channels, pageHeight: height } as const
  const open = () => sharp(pixels, { raw, limitInputPixels: false }).timeout({ seconds: secondsLeft() })
  const timing = { delay: delay.slice(0, drawn.length), loop }
  return needsQualitySearch(plan.settings)
    ? encodeToTarget({ ...context, open, timing, pickSmaller: written => written })
    : encodeOutput(open(), plan, timing)
}

/** Frame after frame, in colour and with alpha. */
async function* decodeFrames(
  source: Buffer,
  { plan, secondsLeft }: RenderContext,
): AsyncGenerator<RawPixels> {
  const { facts, selection } = plan
  const { width, height } = facts
  const frameBytes = width * height * channels
  const atOnce = Math.max(1, Math.floor(chunkBytes / frameBytes))
  for (let first = 0; first < selection.frames; first += atOnce) {
    const pages = Math.min(atOnce, selection.frames - first)
    const limit = width * height * pages
    const strip = openSource(source, limit, { facts, seconds: secondsLeft(), page: first + 1, pages })
    const data = await strip.pipelineColourspace('srgb').ensureAlpha().raw().toBuffer()
    for (let frame = 0; frame < pages; frame++) {
      const pixels = data.subarray(frame * frameBytes, (frame + 1) * frameBytes)
      yield { data: pixels, width, height, channels }
    }
  }
}

/** The passes that all frames go through: what the probes find in the first is true for all. */
async function settle(first: RawPixels, context: RenderContext): Promise<readonly Pass[]> {
  const { plan, secondsLeft } = context
  if (plan.probe === undefined) return plan.passes
  return (await runUntilLastPass(() => openRaw(first, secondsLeft()), plan, false, context)).passes
}

async function drawFrame(
  frame: RawPixels,
  passes: readonly Pass[],
  context: RenderContext,
): Promise<RawPixels> {
  const drawn = await drawPasses(() => openRaw(frame, context.secondsLeft()), passes, context)
  const grey = passes.at(-1)?.some(({ colors }) => colors === 'removes')
  const whole = grey ? await inColor(drawn, context) : drawn
  const { data, info } = await whole.ensureAlpha().raw().toBuffer({ resolveWithObject: true })
  return { data, width: info.width, height: info.height, channels }
}

/** sharp drops alpha where it writes raw grey pixels, so those get their three channels by way of a file. */
async function inColor(drawn: Sharp, { secondsLeft }: RenderContext): Promise<Sharp> {
  const file = await drawn.png({ compressionLevel: 0 }).toBuffer()
  return openIntermediate(file, secondsLeft()).pipelineColourspace('srgb')
}
