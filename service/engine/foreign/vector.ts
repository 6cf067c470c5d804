import sharp, { type Sharp } from 'sharp'
import { DarkroomError } from '../../errors/catalogue.ts'
import type { Size } from '../../operations/shapes.ts'
import { findFonts } from '../fonts/system-fonts.ts'
import { openRaw, openSource } from '../sources/libvips.ts'
import { runCodec } from './codec-runner.ts'
import type { CodecTasks } from './codec-tasks.ts'
import type { VectorRequest } from './svg.ts'
import type { VectorNeeds, VectorSupplies } from './svg-needs.ts'

/** Rasterizes a vector file at exactly the given size. @throws DarkroomError `undecodable` or `too-many-pixels` */
export async function openVector(
  file: Buffer,
  size: Size,
  maxPixels: number,
  seconds: number,
): Promise<Sharp> {
  const timeout = AbortSignal.timeout(seconds * 1000)
  const { pixels } = await rasterizeVector(file, { size, maxPixels }, timeout)
  const { width, height, channels } = pixels
  const raw = { width, height, channels }
  if (width === size.width && height === size.height)
    return openRaw({ ...raw, data: bufferOf(pixels.data) }, seconds)
  // the renderer keeps the aspect ratio, so a distorted size is resized from a larger render
  const { data } = await sharp(pixels.data, { raw, limitInputPixels: false })
    .resize({ ...size, fit: 'fill' })
    .raw()
    .toBuffer({ resolveWithObject: true })
  return openRaw({ ...size, channels, data }, seconds)
}

const bufferOf = (data: Uint8Array) => Buffer.from(data.buffer, data.byteOffset, data.byteLength)

/** Rasterizes a vector file in a thread, which asks for the images and fonts that it needs. */
export function rasterizeVector(
  file: Buffer,
  request: VectorRequest,
  signal?: AbortSignal,
): Promise<CodecTasks['vector']['output']> {
  const supply = (needs: VectorNeeds) => supplyVector(needs, request.maxPixels, signal)
  return runCodec('vector', { file, request }, signal, supply)
}

async function supplyVector(
  { images, characters }: VectorNeeds,
  maxPixels: number,
  signal: AbortSignal | undefined,
): Promise<VectorSupplies> {
  const fonts = characters.length > 0 ? await findFonts(characters) : []
  return { images: await convertImages(images, maxPixels, signal), fonts }
}

/** The most pixels that the converted images of a document have together. Larger images are scaled down. */
const maxConvertedPixels = 16_000_000

/** Converts images to PNG, one after the other. @throws DarkroomError `too-many-pixels` if they exceed it together */
async function convertImages(
  files: readonly Uint8Array[],
  maxPixels: number,
  signal: AbortSignal | undefined,
): Promise<VectorSupplies['images']> {
  const share = maxConvertedPixels / files.length
  const images: (Uint8Array | undefined)[] = []
  let pixels = 0
  for (const file of files) {
    signal?.throwIfAborted()
    const input = Buffer.from(file)
    const metadata = await openSource(input, Number.MAX_SAFE_INTEGER)
      .metadata()
      .catch(() => undefined)
    const { width = 0, height = 0 } = metadata?.autoOrient ?? {}
    pixels += width * height
    if (pixels > maxPixels)
      throw new DarkroomError('too-many-pixels', `the images have more than ${maxPixels / 1e6} megapixels`)
    const scale = Math.min(1, Math.sqrt(share / (width * height)))
    images.push(metadata && (await toPng(input, Math.max(1, Math.floor(width * scale)), maxPixels)))
  }
  return images
}

/** A damaged image is not shown, as in browsers. */
const toPng = (file: Buffer, width: number, maxPixels: number) =>
  openSource(file, maxPixels)
    .resize({ width, withoutEnlargement: true })
    .toColourspace('srgb')
    .png({ compressionLevel: 1 })
    .toBuffer()
    .catch(() => undefined)
