import type { Plane } from './ssim.ts'

/** Decoded 8-bit pixels, channels interleaved. */
export interface Pixels {
  readonly data: Uint8Array
  readonly width: number
  readonly height: number
  readonly channels: number
}

/** Weights of ITU-R BT.601, by which JPEG, WebP and AVIF make their Y, in 65536ths. */
const [red, green, blue] = [19_595, 38_470, 7_471]

/** The luma of pixels: what the eye sees of structure. Alpha does not count. */
export function luma({ data, width, height, channels }: Pixels): Plane {
  const samples = new Uint8Array(width * height)
  if (channels < 3) return channel({ data, width, height, channels }, 0)
  for (let at = 0, from = 0; at < samples.length; at++, from += channels) {
    const sum = red * (data[from] ?? 0) + green * (data[from + 1] ?? 0) + blue * (data[from + 2] ?? 0)
    samples[at] = (sum + 32_768) >> 16
  }
  return { samples, width, height }
}

/** One channel by itself. */
export function channel({ data, width, height, channels }: Pixels, index: number): Plane {
  const samples = new Uint8Array(width * height)
  for (let at = 0, from = index; at < samples.length; at++, from += channels) samples[at] = data[from] ?? 0
  return { samples, width, height }
}
