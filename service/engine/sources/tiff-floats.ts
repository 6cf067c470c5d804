import type { Metadata, Sharp } from 'sharp'
import { DarkroomError } from '../../errors/catalogue.ts'
import type { ImageFacts } from '../../plan/facts.ts'
import { type OpenOptions, openIntermediate, openSource } from './libvips.ts'

/** The values that are shown black and white. */
type FloatRange = NonNullable<ImageFacts['floatRange']>

const isGreyFloat = ({ space, depth }: Pick<Metadata, 'space' | 'depth'>) =>
  space === 'b-w' && /^(float|double)$/.test(depth)

/**
 * Chooses which values of a TIFF of grey floats are black and white, as the format does not say it. From 0 to 1 if no
 * value lies outside, as ImageMagick and Photoshop write them; else from 0 to 255, as libvips and Pillow do; else from
 * the lowest to the highest value, as viewers of measured data do.
 * @returns nothing for other images, and for 0 to 255, which libvips shows as it is
 * @throws DarkroomError `undecodable`
 */
export async function readFloatRange(
  file: Buffer,
  metadata: Metadata,
  maxPixels: number,
): Promise<Pick<ImageFacts, 'floatRange'>> {
  if (!isGreyFloat(metadata)) return {}
  if (metadata.channels !== 1)
    throw new DarkroomError(
      'undecodable',
      'the image cannot be decoded: TIFF with transparent grey floats is not supported',
    )
  const { buffer, byteOffset, length } = await openSource(file, maxPixels, { autoOrient: false })
    .toColourspace('b-w')
    .raw({ depth: 'float' })
    .toBuffer()
  return chooseRange(new Float32Array(buffer, byteOffset, length / Float32Array.BYTES_PER_ELEMENT))
}

/** Values that are not finite do not count. */
function chooseRange(samples: Float32Array): Pick<ImageFacts, 'floatRange'> {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const sample of samples) {
    if (!Number.isFinite(sample)) continue
    if (sample < low) low = sample
    if (sample > high) high = sample
  }
  if (low > high) return {}
  if (low >= 0 && high <= 1) return { floatRange: [0, 1] }
  if (low >= 0 && high <= 255) return {}
  return { floatRange: low < high ? [low, high] : [low, low + Math.abs(low)] }
}

/** Opens an original like `openSource`. A page of grey floats is scaled to 8 bits first, by the range of the facts. */
export async function openScaled(
  file: Buffer,
  maxPixels: number,
  options: OpenOptions & { readonly seconds: number },
): Promise<Sharp> {
  const source = openSource(file, maxPixels, options)
  const range = options.facts?.floatRange
  if (range === undefined || !isGreyFloat(await source.metadata())) return source
  const scaled = await source
    .linear(...scaleOf(range))
    .keepMetadata()
    .png({ compressionLevel: 0 })
    .toBuffer()
  return openIntermediate(scaled, options.seconds)
}

/** Factor and offset. libvips cuts fractions off, so half is added to round. */
function scaleOf([black, white]: FloatRange): [factor: number, offset: number] {
  const factor = 255 / (white - black)
  return [factor, 0.5 - black * factor]
}
