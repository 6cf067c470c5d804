import sharp, { type Sharp } from 'sharp'
import { DarkroomError } from '../../errors/catalogue.ts'
import type { OutputSettings } from '../../operations/settings.ts'
import { runCodec } from './codec-runner.ts'

/** An encoded image. */
interface Written {
  readonly data: Buffer
  readonly width: number
  readonly height: number
}

/**
 * Encodes a pipeline as JPEG XL: 8-bit sRGB without metadata, as the codec supports nothing else. The default effort is
 * 3. With loss, it gives the fewest bytes of the efforts 1 to 4, in the same time; without loss, effort 4 takes twice as
 * long for 2 % fewer bytes. Effort 5 takes three times as long.
 * @throws DarkroomError `deadline` when the codec fails or takes too much time or memory
 */
export async function writeJxl(
  pipeline: Sharp,
  { quality, effort = 3, lossless = false, progressive = false }: OutputSettings,
): Promise<Written> {
  // an intermediate PNG, as sharp drops alpha and two of three channels when it writes raw grey pixels
  const file = await pipeline.toColourspace('srgb').png({ compressionLevel: 0 }).toBuffer()
  const rgba = sharp(file, { limitInputPixels: false }).toColourspace('srgb').ensureAlpha()
  const { data, info } = await rgba.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true })
  const { width, height } = info
  const pixels = { width, height, channels: 4, data } as const
  const settings = {
    quality: typeof quality === 'number' ? quality : 75,
    effort: Math.max(1, effort),
    lossless,
    progressive,
  }
  const coded = await runCodec('encodeJxl', { pixels, settings }).catch(cause => {
    throw new DarkroomError('deadline', 'encoding jxl takes too much time or memory', { cause })
  })
  return { data: Buffer.from(coded.buffer, coded.byteOffset, coded.byteLength), width, height }
}
