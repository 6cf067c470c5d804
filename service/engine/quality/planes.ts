import type { Plane } from './ssim.ts'

/** Decoded 8-bit pixels with interleaved channels. */
export interface InterleavedPixels {
  readonly data: Uint8Array
  readonly width: number
  readonly height: number
  readonly channels: number
}

/** Weights of ITU-R BT.601, which JPEG, WebP and AVIF use for Y, in 65536ths. */
const [red, green, blue] = [19_595, 38_470, 7_471]

/** The luma plane, in which the eye sees structure. Alpha is ignored. */
export function lumaPlane({ data, width, height, channels }: InterleavedPixels): Plane {
  const samples = new Uint8Array(width * height)
  if (channels < 3) return channelPlane({ data, width, height, channels }, 0)
  for (let at = 0, from = 0; at < samples.length; at++, from += channels) {
    const sum = red * (data[from] ?? 0) + green * (data[from + 1] ?? 0) + blue * (data[from + 2] ?? 0)
    samples[at] = (sum + 32_768) >> 16
  }
  return { samples, width, height }
}

/** One channel as a plane. */
export function channelPlane({ data, width, height, channels }: InterleavedPixels, index: number): Plane {
  const samples = new Uint8Array(width * height)
  for (let at = 0, from = index; at < samples.length; at++, from += channels) samples[at] = data[from] ?? 0
  return { samples, width, height }
}

/** Maximum number of pixels that are compared: about 10 ms of the main thread. */
const maxPixels = 1_000_000
/** Rows per band: a few SSIM windows. */
const bandRows = 32

/**
 * Reduces a large image to evenly spread bands of rows, stacked. Images of one size get the same bands, so windows
 * across the seam of two bands compare like any other.
 */
export function sampleBands(pixels: InterleavedPixels): InterleavedPixels {
  const { data, width, height, channels } = pixels
  if (width * height <= maxPixels) return pixels
  const bands = Math.max(1, Math.floor(maxPixels / (width * bandRows)))
  const rowBytes = width * channels
  const bandBytes = rowBytes * Math.min(bandRows, height)
  const sampled = new Uint8Array(bands * bandBytes)
  for (let band = 0; band < bands; band++) {
    const top = Math.floor(((height - bandBytes / rowBytes) * (band + 0.5)) / bands)
    sampled.set(data.subarray(top * rowBytes, top * rowBytes + bandBytes), band * bandBytes)
  }
  return { data: sampled, width, height: sampled.length / rowBytes, channels }
}
