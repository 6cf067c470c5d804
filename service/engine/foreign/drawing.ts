import sharp, { type Sharp } from 'sharp'
import type { Size } from '../../operations/operation.ts'
import { openRaw } from '../libvips.ts'
import { runInThread } from './threads.ts'

/**
 * Renders a drawing at exactly this size, whatever its own is.
 * @throws DarkroomError `undecodable` or `too-many-pixels`
 */
export async function openDrawing(
  file: Buffer,
  size: Size,
  maxPixels: number,
  seconds: number,
): Promise<Sharp> {
  const patience = AbortSignal.timeout(seconds * 1000)
  const { picture } = await runInThread('vector', { file, request: { size, maxPixels } }, patience)
  const { width, height, channels } = picture
  const raw = { width, height, channels }
  if (width === size.width && height === size.height)
    return openRaw({ ...raw, data: bufferOf(picture.data) }, seconds)
  // proportions are the renderer's, so a distorted size is made of a larger one
  const { data } = await sharp(picture.data, { raw, limitInputPixels: false })
    .resize({ ...size, fit: 'fill' })
    .raw()
    .toBuffer({ resolveWithObject: true })
  return openRaw({ ...size, channels, data }, seconds)
}

const bufferOf = (data: Uint8Array) => Buffer.from(data.buffer, data.byteOffset, data.byteLength)
