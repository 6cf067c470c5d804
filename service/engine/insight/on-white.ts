import type { RgbaPixels } from '../../operations/analysis/resample.ts'

/** The pixels on a white background, for what knows no transparency. */
export function onWhite(pixels: RgbaPixels): RgbaPixels {
  const data = new Uint8Array(pixels.data)
  for (let at = 3; at < data.length; at += 4) {
    const alpha = data[at] ?? 0
    if (alpha === 255) continue
    for (let channel = at - 3; channel < at; channel++)
      data[channel] = Math.round(((data[channel] ?? 0) * alpha) / 255 + 255 - alpha)
    data[at] = 255
  }
  return { ...pixels, data }
}
