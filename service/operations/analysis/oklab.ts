/** A colour in Oklab: lightness 0–1, green–red, blue–yellow. */
export type Oklab = readonly [l: number, a: number, b: number]

/** Linear light of each 8-bit value of sRGB (IEC 61966-2-1). */
export const linearLight = Float64Array.from({ length: 256 }, (_, value) => {
  const encoded = value / 255
  return encoded <= 0.04045 ? encoded / 12.92 : ((encoded + 0.055) / 1.055) ** 2.4
})

/**
 * Converts an sRGB colour, 0–255 a channel, to Oklab, where equal distances look about equally different.
 * Source: Ottosson, https://bottosson.github.io/posts/oklab/
 */
export function toOklab(red: number, green: number, blue: number): Oklab {
  const [r, g, b] = [linearLight[red] ?? 0, linearLight[green] ?? 0, linearLight[blue] ?? 0]
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ]
}

/** Converts to the nearest sRGB colour, as `#rrggbb`. */
export function toHex([lightness, a, b]: Oklab): string {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
  const channels = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ]
  return `#${channels.map(hexDigits).join('')}`
}

/** The sRGB value of linear light, both 0–1. */
export const encodeLight = (light: number) =>
  light <= 0.0031308 ? light * 12.92 : 1.055 * light ** (1 / 2.4) - 0.055

function hexDigits(light: number): string {
  const value = Math.round(255 * Math.min(1, Math.max(0, encodeLight(light))))
  return value.toString(16).padStart(2, '0')
}
