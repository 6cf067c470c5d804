import type { Sharp } from 'sharp'
import type { OutputFormat } from '../../plan/formats.ts'
import type { RenderedImage } from '../encode/output.ts'
import { decodePageToPng } from '../foreign/page-png.ts'
import { openIntermediate } from '../sources/libvips.ts'

/** Decodes an encoded image again, to compare it. */
export async function openEncoded(
  image: RenderedImage,
  format: OutputFormat,
  seconds: number,
): Promise<Sharp> {
  if (format !== 'jxl') return openIntermediate(image.data, seconds)
  const maxPixels = image.width * image.height
  const { png } = await decodePageToPng('jxl', image.data, { page: 1, maxPixels })
  return openIntermediate(png, seconds)
}
