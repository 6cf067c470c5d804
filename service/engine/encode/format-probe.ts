import sharp from 'sharp'
import { type OutputFormat, outputFormats } from '../../plan/formats.ts'
import { writeJxl } from '../foreign/jxl-output.ts'
import { decodePageToPng } from '../foreign/page-png.ts'
import { configureLibvips, openSource } from '../sources/libvips.ts'
import { applyEncoder } from './encoders.ts'

/** Side of the test image, in pixels. */
const side = 16

/**
 * Encodes and decodes a tiny image in every format. The format list that a libvips build reports is not reliable.
 * @returns the libvips version, all formats, and those that do not work here, each with its reason
 */
export async function probeFormats(): Promise<{
  version: string
  formats: string[]
  failed: { format: string; reason: unknown }[]
}> {
  configureLibvips()
  const formats = Object.keys(outputFormats).filter((name): name is OutputFormat => name in outputFormats)
  const results = await Promise.allSettled(formats.map(probe))
  const failed = results.flatMap((result, index) =>
    result.status === 'rejected' ? [{ format: formats[index] ?? '', reason: result.reason }] : [],
  )
  return { version: sharp.versions.vips, formats, failed }
}

async function probe(format: OutputFormat): Promise<void> {
  const blank = sharp({ create: { width: side, height: side, channels: 3, background: 'teal' } })
  if (format === 'jxl') {
    const { data } = await writeJxl(blank, {})
    await decodePageToPng('jxl', data, { page: 1, maxPixels: side * side })
    return
  }
  const file = await applyEncoder(blank, format, {}).toBuffer()
  await openSource(file, side * side).stats()
}
