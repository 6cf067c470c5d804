import sharp, { type Sharp } from 'sharp'
import type { Size } from '../../operations/shapes.ts'
import { openRaw } from '../sources/libvips.ts'
import { runCodec } from './codec-runner.ts'

/**
 * Renders a drawing at exactly this size, whatever its own is.
 * @throws DarkroomError `undecodable` or `too-many-pixels`
 */
export async function openVector(
  file: Buffer,
  size: Size,
  maxPixels: number,
  seconds: number,
): Promise<Sharp> {
  const patience = AbortSignal.timeout(seconds * 1000)
  const { pixels } = await runCodec('vector', { file, request: { size, maxPixels } }, patience)
  const { width, height, channels } = pixels
  const raw = { width, height, channels }
  if (width === size.width && height === size.height)
    return openRaw({ ...raw, data: bufferOf(pixels.data) }, seconds)
  // proportions are the renderer's, so a distorted size is made of a larger one
  const { data } = await sharp(pixels.data, { raw, limitInputPixels: false })
    .resize({ ...size, fit: 'fill' })
    .raw()
    .toBuffer({ resolveWithObject: true })
  return openRaw({ ...size, channels, data }, seconds)
}

const bufferOf = (data: Uint8Array) => Buffer.from(data.buffer, data.byteOffset, data.byteLength)
