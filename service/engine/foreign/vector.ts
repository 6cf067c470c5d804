import sharp, { type Sharp } from 'sharp'
import type { Size } from '../../operations/shapes.ts'
import { openRaw } from '../sources/libvips.ts'
import { runCodec } from './codec-runner.ts'

/** Rasterizes a vector file at exactly the given size. @throws DarkroomError `undecodable` or `too-many-pixels` */
export async function openVector(
  file: Buffer,
  size: Size,
  maxPixels: number,
  seconds: number,
): Promise<Sharp> {
  const timeout = AbortSignal.timeout(seconds * 1000)
  const { pixels } = await runCodec('vector', { file, request: { size, maxPixels } }, timeout)
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
