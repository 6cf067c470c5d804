import { openRgba, type RgbaPixels } from '../../operations/analysis/rgba.ts'

/** The grey picture that is transformed, and the waves of it that are kept: the 8 slowest a side. */
const side = 32
const kept = 8

/** `cosines[wave][place]` of the discrete cosine transform, type II. */
const cosines = Array.from({ length: kept }, (_, wave) =>
  Array.from({ length: side }, (_, place) => Math.cos((Math.PI * wave * (2 * place + 1)) / (2 * side))),
)

/**
 * A perceptual hash, 64 bits as 16 hex digits: which of the 64 slowest waves are stronger than their median. Versions
 * of one picture (resized, compressed, slightly recoloured) differ in few bits, different pictures in about half.
 * Source: Zauner, Implementation and Benchmarking of Perceptual Image Hash Functions, 2010, section 3.2.1; pHash.org.
 */
export async function perceptualHash(pixels: RgbaPixels): Promise<string> {
  const grey = await openRgba(pixels)
    .flatten({ background: 'white' })
    .grayscale()
    .resize({ width: side, height: side, fit: 'fill', kernel: 'cubic' })
    .extractChannel(0)
    .raw()
    .toBuffer()
  const waves = transform(grey)
  // the mean brightness is no feature, and would stand out of any median
  const sorted = waves.slice(1).sort((a, b) => a - b)
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0
  const bits = waves.map(wave => (wave > median ? '1' : '0')).join('')
  return BigInt(`0b${bits}`).toString(16).padStart(16, '0')
}

/** The slowest waves of the transform, row by row; whole, as the rest of an even picture is nothing but rounding. */
function transform(grey: Buffer): number[] {
  // along the rows first, then down the columns
  const rows = Array.from({ length: side }, (_, y) =>
    cosines.map(wave => wave.reduce((sum, cosine, x) => sum + cosine * (grey[y * side + x] ?? 0), 0)),
  )
  return cosines.flatMap(wave =>
    Array.from({ length: kept }, (_, across) =>
      Math.round(wave.reduce((sum, cosine, y) => sum + cosine * (rows[y]?.[across] ?? 0), 0)),
    ),
  )
}
