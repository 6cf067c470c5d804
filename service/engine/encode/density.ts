import type { Sharp } from 'sharp'

/** The pixels per inch that a pipeline's source declares. */
export const densityOf = async (pipeline: Sharp): Promise<number | undefined> =>
  (await pipeline.metadata()).density

/** The density that programs assume for a file that declares none. */
const defaultDensity = 72

/** Sets the resolution of a TIFF, which must have one. sharp would write one pixel per millimetre, which is 25.4 DPI. */
export function withTiffDensity(encoded: Sharp, density = defaultDensity): Sharp {
  const perMillimetre = density / 25.4
  return encoded.tiff({ xres: perMillimetre, yres: perMillimetre })
}

/** Chunk `pHYs` with 1,000 pixels per metre (PNG, third edition, section 11.3.4.3), without its checksum. */
const defaultChunk = Buffer.from('0000000970485973000003e8000003e801', 'hex')
const checksumBytes = 4
const headBytes = 33

/** Removes the resolution that libvips writes into a PNG whose source declares none: one pixel per millimetre. */
export function withoutDefaultDensity(png: Buffer): Buffer {
  for (let at = headBytes; at + 12 <= png.length; at += 12 + png.readUInt32BE(at)) {
    const end = at + defaultChunk.length
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') return png
    if (png.subarray(at, end).equals(defaultChunk))
      return Buffer.concat([png.subarray(0, at), png.subarray(end + checksumBytes)])
  }
  return png
}
