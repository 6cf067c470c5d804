import type { OutputSettings } from '../../operations/settings.ts'
import type { Plan } from '../../plan/plan.ts'
import { encodeOutput, type RenderedImage } from '../encode/output.ts'
import { writePalettePng } from '../encode/palette-png.ts'
import { measurePixels, type PixelTraits, type ResultPixels, readResult } from '../encode/pixel-traits.ts'
import { keepsDepth } from '../metadata/depth.ts'
import type { EncodeJob } from './trial-encoder.ts'

/**
 * The lowest flatness at which lossless WebP is tried. Measured on 50 public pictures at three sizes: lossless was smaller
 * for 29 results, which all had a flatness of at least 0.76. It was smaller for none of the 60 results with a lower one.
 */
const drawnFrom = 0.75
/** Below this flatness, the row filters of PNG make files smaller. */
const photographicBelow = 0.5
/** A result of at most this many pixels is encoded in every possible way, as that is cheap. */
const smallPixels = 4_096
/** The most pixels that are measured, which takes four bytes each. */
const maxMeasured = 40_000_000
/** Originals that were coded with loss: photographs, and drawings with noise that is not worth keeping. */
const photographic = new Set(['jpg', 'avif', 'heic', 'jxl'])

/** Whether the pixels decide between codings. They do not when an option of the URL decides. */
export function choosesByContent(plan: Plan): boolean {
  const { facts, format, width, height } = plan
  const free = leavesCodingOpen(plan) && width * height <= maxMeasured
  return free && (format === 'webp' || format === 'png') && !photographic.has(facts.format)
}

/** Whether the URL sets none of the options that decide between lossy and lossless. Effort 0 asks for one quick encoding. */
export function leavesCodingOpen(plan: Plan): boolean {
  const { quality, lossless, near, colors, effort } = plan.settings
  const open = [quality, near, colors].every(option => option === undefined)
  return open && !lossless && effort !== 0 && !keepsDepth(plan)
}

/** Chooses the coding by the facts about the original alone, for a result whose pixels are not measured. */
export function withContentSettings(plan: Plan): Plan {
  const { facts, settings } = plan
  const filtered = photographic.has(facts.format)
  const grey = staysGrey(plan)
  return { ...plan, settings: { ...settings, ...(filtered && { filtered }), ...(grey && { grey }) } }
}

/** Whether a grey original stays grey, in a format that has a grey form. Colour profiles are written for three channels only. */
function staysGrey(plan: Plan): boolean {
  const { facts, format, passes, probe, settings } = plan
  const { profile = 'srgb', metadata = 'strip' } = settings
  const possible =
    /^(jpg|png|tiff)$/.test(format) && profile === 'srgb' && metadata !== 'keep' && !keepsDepth(plan)
  const unchanged = probe === undefined && passes.flat().every(({ colors }) => colors !== 'adds')
  return possible && unchanged && /^(b-w|grey16)$/.test(facts.space)
}

/** Encodes a still image in the coding of its format that suits the pixels. */
export async function encodeByContent(job: EncodeJob): Promise<RenderedImage> {
  const pixels = await readResult(await job.open())
  const traits = measurePixels(pixels)
  return job.plan.format === 'png' ? encodePng(job, pixels, traits) : encodeWebp(job, pixels, traits)
}

const encode = async ({ open, plan, timing }: EncodeJob, settings: OutputSettings = {}) =>
  encodeOutput(await open(), { ...plan, settings: { ...plan.settings, ...settings } }, timing)

const smaller = (one: RenderedImage, other: RenderedImage) =>
  other.data.length < one.data.length ? other : one

/** Encodes without loss where that takes no more bytes than with loss. */
async function encodeWebp(
  job: EncodeJob,
  { width, height }: ResultPixels,
  { flatness, fewColors }: PixelTraits,
): Promise<RenderedImage> {
  const isDrawing = flatness >= drawnFrom && fewColors
  const lossy = await encode(job)
  if (!isDrawing && width * height > smallPixels) return lossy
  return smaller(await encode(job, { lossless: true }), lossy)
}

/** Writes a palette if it can hold all colours, or if the original has one; otherwise grey or full colour. */
async function encodePng(
  job: EncodeJob,
  pixels: ResultPixels,
  { flatness, palette, grey }: PixelTraits,
): Promise<RenderedImage> {
  const filtered = flatness < photographicBelow
  const { metadata = 'strip', profile = 'srgb', progressive, effort = 9, palette: colors } = job.plan.settings
  const plain = metadata === 'strip' && profile === 'srgb' && !progressive
  const encodeFully = () =>
    encode({ ...job, plan: withoutPalette(job.plan) }, { filtered, ...(grey && plain ? { grey } : {}) })
  if (palette && plain && palette.size <= (colors ?? 256)) {
    const { width, height } = pixels
    const exact = { data: await writePalettePng(pixels, palette, effort), width, height }
    return filtered || width * height <= smallPixels ? smaller(exact, await encodeFully()) : exact
  }
  return colors === undefined ? encodeFully() : encode(job)
}

function withoutPalette(plan: Plan): Plan {
  const { palette: _, ...settings } = plan.settings
  return { ...plan, settings }
}
