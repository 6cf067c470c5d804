import sharp, { type Sharp } from 'sharp'
import type { Pass } from '../plan/passes.ts'
import type { Plan } from '../plan/plan.ts'
import { framesThatFit } from '../plan/selection.ts'
import { type AnimationTiming, encodeOutput, type RenderedImage } from './encode/output.ts'
import { type RenderContext, runAllPasses, runUntilLastPass } from './passes.ts'
import { leavesCodingOpen } from './quality/content-coding.ts'
import { smallerCoding } from './quality/still.ts'
import { encodeToTarget, needsQualitySearch } from './quality/target.ts'
import { isLoaderError } from './sources/decoder-errors.ts'
import { openIntermediate, openRaw, openSource, type RawPixels } from './sources/libvips.ts'

/** Bytes of decoded samples held at a time. A whole animation may be much larger than memory. */
const chunkBytes = 64 * 1024 * 1024

/** RGBA. All frames need the same number of channels. */
const channels = 4

/**
 * Renders an animation. Every pass runs on each frame separately, so frames never bleed into each other; frame count,
 * delays and loop count are kept. A probe measures the first frame and its result applies to all frames.
 * @throws Error from libvips
 */
export async function renderAnimation(source: Buffer, context: RenderContext): Promise<RenderedImage> {
  const { plan, secondsLeft } = context
  const { frames: frameCount } = plan.selection
  const { delay = [], loop = 0 } = await openSource(source, Number.MAX_SAFE_INTEGER, { pages: -1 }).metadata()
  const rendered: RawPixels[] = []
  let passes: readonly Pass[] | undefined
  for await (const frame of decodeFrames(source, context)) {
    passes ??= await passesForAllFrames(frame, context)
    const image = await renderFrame(frame, passes, context)
    rendered.push(image)
    // a probe's result may make frames larger than the plan assumed, so the frame limit is checked again
    if (rendered.length >= framesThatFit(frameCount, image)) break
  }
  const { width = 0, height = 0 } = rendered[0] ?? {}
  const pixels = Buffer.concat(rendered.map(({ data }) => data))
  const openFrames = (count: number) => {
    const raw = { width, height: height * count, channels, pageHeight: height } as const
    const data = pixels.subarray(0, width * height * channels * count)
    return sharp(data, { raw, limitInputPixels: false }).timeout({ seconds: secondsLeft() })
  }
  const open = () => openFrames(rendered.length)
  const timing = { delay: delay.slice(0, rendered.length), loop }
  // when frames were left out, as damaged or over the limit, the original file must not be reused
  const isWhole = rendered.length === plan.facts.pages
  const pickSmaller = isWhole ? smallerCoding(plan, source) : (image: RenderedImage) => image
  if (needsQualitySearch(plan.settings)) return encodeToTarget({ ...context, open, timing, pickSmaller })
  if (plan.format === 'webp' && leavesCodingOpen(plan))
    return encodeAnimatedWebp(plan, { openFrames, count: rendered.length }, timing)
  return pickSmaller(await encodeOutput(open(), plan, timing))
}

/** Frames that are encoded both ways to choose between lossy and lossless. */
const trialFrames = 8

/** Chooses lossy or lossless by the size of the first frames. Drawings are smaller and quicker to encode without loss. */
async function encodeAnimatedWebp(
  plan: Plan,
  { openFrames, count }: { readonly openFrames: (count: number) => Sharp; readonly count: number },
  timing: AnimationTiming,
): Promise<RenderedImage> {
  const lossless = { ...plan, settings: { ...plan.settings, lossless: true } }
  const tried = Math.min(trialFrames, count)
  const encodeFirst = (coding: Plan) =>
    encodeOutput(openFrames(tried), coding, { ...timing, delay: timing.delay.slice(0, tried) })
  const [exact, lossy] = [await encodeFirst(lossless), await encodeFirst(plan)]
  const isExact = exact.data.length <= lossy.data.length
  if (tried === count) return isExact ? exact : lossy
  return encodeOutput(openFrames(count), isExact ? lossless : plan, timing)
}

/**
 * Decodes frame after frame, as sRGB with alpha. Several frames are decoded at once, up to `chunkBytes`. A damaged frame
 * after the first ends the animation.
 */
async function* decodeFrames(
  source: Buffer,
  { plan, secondsLeft }: RenderContext,
): AsyncGenerator<RawPixels> {
  const { facts, selection } = plan
  const { width, height } = facts
  const frameBytes = width * height * channels
  let atOnce = Math.max(1, Math.floor(chunkBytes / frameBytes))
  let first = 0
  while (first < selection.frames) {
    const pages = Math.min(atOnce, selection.frames - first)
    const limit = width * height * pages
    const strip = openSource(source, limit, { facts, seconds: secondsLeft(), page: first + 1, pages })
    const data = await orUndefinedIfDamaged(
      strip.pipelineColourspace('srgb').ensureAlpha().raw().toBuffer(),
      first + pages > 1,
    )
    if (data === undefined) {
      if (pages === 1) return
      // halves the strip until the damaged frame is found
      atOnce = Math.floor(pages / 2)
      continue
    }
    for (let frame = 0; frame < pages; frame++) {
      const pixels = data.subarray(frame * frameBytes, (frame + 1) * frameBytes)
      yield { data: pixels, width, height, channels }
    }
    first += pages
  }
}

async function orUndefinedIfDamaged(
  decoding: Promise<Buffer>,
  isTolerated: boolean,
): Promise<Buffer | undefined> {
  try {
    return await decoding
  } catch (error) {
    if (isTolerated && isLoaderError(error)) return undefined
    throw error
  }
}

/** The passes for all frames. Probes measure the first frame only. */
async function passesForAllFrames(first: RawPixels, context: RenderContext): Promise<readonly Pass[]> {
  const { plan, secondsLeft } = context
  if (plan.probe === undefined) return plan.passes
  return (await runUntilLastPass(() => openRaw(first, secondsLeft()), plan, false, context)).passes
}

async function renderFrame(
  frame: RawPixels,
  passes: readonly Pass[],
  context: RenderContext,
): Promise<RawPixels> {
  const rendered = await runAllPasses(() => openRaw(frame, context.secondsLeft()), passes, context)
  const grey = passes.at(-1)?.some(({ colors }) => colors === 'removes')
  const colored = grey ? await toThreeChannels(rendered, context) : rendered
  const { data, info } = await colored.ensureAlpha().raw().toBuffer({ resolveWithObject: true })
  return { data, width: info.width, height: info.height, channels }
}

/** sharp drops alpha when it writes raw grey pixels, so grey frames get their three channels by way of a PNG. */
async function toThreeChannels(rendered: Sharp, { secondsLeft }: RenderContext): Promise<Sharp> {
  const file = await rendered.png({ compressionLevel: 0 }).toBuffer()
  return openIntermediate(file, secondsLeft()).pipelineColourspace('srgb')
}
