import { encodeLight, linearLight } from '../../operations/analysis/oklab.ts'
import { type RgbaPixels, resample } from '../../operations/analysis/resample.ts'
import { onWhite } from './on-white.ts'

/** Side of the grey input in pixels, and how many of the lowest frequencies are kept per axis. */
const side = 32
const keptFrequencies = 8

/** `cosines[frequency][position]` of the discrete cosine transform, type II. */
const cosines = Array.from({ length: keptFrequencies }, (_, frequency) =>
  Array.from({ length: side }, (_, position) =>
    Math.cos((Math.PI * frequency * (2 * position + 1)) / (2 * side)),
  ),
)

/**
 * A perceptual hash, 64 bits as 16 hex digits: which of the 64 lowest frequencies exceed their median. Versions of one
 * image (resized, compressed, slightly recoloured) differ in few bits, different images in about half. Source: Zauner,
 * Implementation and Benchmarking of Perceptual Image Hash Functions, 2010, section 3.2.1; pHash.org.
 */
export function perceptualHash(pixels: RgbaPixels): string {
  const grey = resample(greyOf(onWhite(pixels)), { width: side, height: side })
  const frequencies = transform(grey.data)
  // the DC coefficient (mean brightness) would exceed any median and says nothing
  const sorted = frequencies.slice(1).sort((a, b) => a - b)
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0
  const bits = frequencies.map(frequency => (frequency > median ? '1' : '0')).join('')
  return BigInt(`0b${bits}`).toString(16).padStart(16, '0')
}

/** The relative luminance of each pixel (ITU-R BT.709), as a grey of sRGB. */
function greyOf({ data, width, height }: RgbaPixels): RgbaPixels {
  const grey = new Uint8Array(data.length)
  for (let at = 0; at < data.length; at += 4) {
    const light =
      0.2126 * (linearLight[data[at] ?? 0] ?? 0) +
      0.7152 * (linearLight[data[at + 1] ?? 0] ?? 0) +
      0.0722 * (linearLight[data[at + 2] ?? 0] ?? 0)
    grey.fill(Math.round(255 * encodeLight(light)), at, at + 3)
    grey[at + 3] = 255
  }
  return { data: grey, width, height }
}

/**
 * The lowest frequencies of the transform, row by row. They are rounded to integers, because those of a flat image are
 * not exactly 0.
 * @param grey four bytes per pixel, of which the first counts
 */
function transform(grey: Uint8Array): number[] {
  // first along the rows, then down the columns
  const rows = Array.from({ length: side }, (_, y) =>
    cosines.map(frequency =>
      frequency.reduce((sum, cosine, x) => sum + cosine * (grey[(y * side + x) * 4] ?? 0), 0),
    ),
  )
  return cosines.flatMap(frequency =>
    Array.from({ length: keptFrequencies }, (_, across) =>
      Math.round(frequency.reduce((sum, cosine, y) => sum + cosine * (rows[y]?.[across] ?? 0), 0)),
    ),
  )
}
