import type { Sharp } from 'sharp'
import { DarkroomError, messageOf } from '../errors/catalogue.ts'
import type { Canvas } from '../operations/operation.ts'
import { outputFormats } from '../plan/formats.ts'
import type { Pass, Plan } from '../plan/plan.ts'
import { encode } from './encode.ts'
import { undecodable } from './inspect.ts'
import { maxSeconds, openCarrier, openRaw, openSource } from './libvips.ts'

/** A developed picture. */
export interface Developed {
  readonly data: Buffer
  readonly width: number
  readonly height: number
}

/** What bounds a development. */
export interface Bounds {
  /** Pixels that the original may have. */
  readonly maxPixels: number
  /** Ends it between two passes; a pass itself cannot be interrupted. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Runs a plan on an original's bytes: each pass continues from the pixels of the one before, without loss. All passes
 * together have one time limit.
 * @throws DarkroomError `undecodable` when the original is damaged, `deadline` when it takes too long; the signal's
 *   reason when it aborts
 */
export async function develop(source: Buffer, plan: Plan, { maxPixels, signal }: Bounds): Promise<Developed> {
  const begun = performance.now()
  const secondsLeft = () => {
    signal?.throwIfAborted()
    const left = maxSeconds - Math.floor((performance.now() - begun) / 1000)
    if (left < 1) throw new DarkroomError('deadline', 'the image took too long')
    return left
  }
  try {
    let pipeline = openSource(source, maxPixels, plan.facts, secondsLeft())
    let grey = /^(b-w|grey16)$/.test(plan.facts.space)
    for (const pass of plan.passes.slice(0, -1)) {
      pipeline = await continued(draw(pipeline, pass, { opaque: false }, grey), plan, pass, secondsLeft)
      grey = true
    }
    const opaque = !outputFormats[plan.format].alpha
    const flat = opaque ? pipeline.flatten({ background: 'white' }) : pipeline
    const last = draw(flat, plan.passes.at(-1) ?? [], { opaque }, grey)
    const written = encode(withColors(withMetadata(last, plan), plan), plan.format, plan.settings)
    const { data, info } = await written.toBuffer({ resolveWithObject: true })
    return { data, width: info.width, height: info.height }
  } catch (error) {
    throw signal?.aborted ? signal.reason : await blame(error, source, maxPixels)
  }
}

/** Colour on a picture that is grey, or may have become so, needs its three channels from the start of the pass. */
function draw(pipeline: Sharp, pass: Pass, canvas: Canvas, grey: boolean): Sharp {
  const paints = pass.some(({ colors }) => colors === 'adds')
  const begun = grey && paints ? pipeline.pipelineColourspace('srgb') : pipeline
  return pass.reduce((drawn, stage) => stage.draw(drawn, canvas), begun)
}

/**
 * Ends a pass and begins the next: over raw pixels where those are all there is, else over an uncompressed file. It
 * carries a profile and metadata that must be kept, and transparency, which sharp drops from raw grey pixels.
 */
async function continued(pipeline: Sharp, plan: Plan, pass: Pass, secondsLeft: () => number): Promise<Sharp> {
  const { metadata = 'strip', profile = 'srgb' } = plan.settings
  if (metadata === 'keep' || profile !== 'srgb' || (pass.at(-1)?.frame.alpha ?? true)) {
    const carrier = withColors(withMetadata(pipeline, plan), plan).png({ compressionLevel: 0 })
    const file = await carrier.toBuffer()
    return openCarrier(file, secondsLeft())
  }
  const { data, info } = await pipeline.raw().toBuffer({ resolveWithObject: true })
  return openRaw({ data, width: info.width, height: info.height, channels: info.channels }, secondsLeft())
}

function withMetadata(pipeline: Sharp, { settings, facts }: Plan): Sharp {
  if (settings.metadata === 'keep') return pipeline.keepExif().keepXmp()
  const { copyright, artist } = facts
  if (settings.metadata !== 'copyright' || (copyright ?? artist) === undefined) return pipeline
  const fields = { ...(copyright && { Copyright: copyright }), ...(artist && { Artist: artist }) }
  return pipeline.withExif({ IFD0: fields })
}

/** sRGB is what sharp makes by itself; CMYK has no place in a web format, so it is converted whatever was asked. */
function withColors(pipeline: Sharp, { settings, facts }: Plan): Sharp {
  const profile = settings.profile ?? 'srgb'
  if (profile === 'srgb' || facts.space === 'cmyk') return pipeline
  if (profile === 'keep' || facts.profile === 'p3') return pipeline.keepIccProfile()
  return pipeline.withIccProfile('p3')
}

/** Whose fault it was: an original that cannot even be read is the uploader's, anything else is ours. */
async function blame(error: unknown, source: Buffer, maxPixels: number): Promise<unknown> {
  if (error instanceof DarkroomError) return error
  if (messageOf(error).includes('timeout'))
    return new DarkroomError('deadline', 'the image took too long', { cause: error })
  return openSource(source, maxPixels)
    .stats()
    .then(() => error, undecodable)
}
