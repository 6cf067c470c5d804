type Triple = readonly [number, number, number]

/**
 * A colour function of CSS Color 4 as `rgb()` or `rgba()` with commas, clipped to sRGB; undefined if it is not understood.
 * @see https://www.w3.org/TR/css-color-4/#color-conversion-code
 */
export function modernColor(name: string, values: string): string | undefined {
  const parts = values.trim().split(/[\s,/]+/)
  const space = name === 'color' ? parts.shift() : name.replace(/^(rgb|hsl)a$/, '$1')
  if (parts.length < 3 || parts.length > 4) return
  const [a, b, c, alpha = 1] = parts.map((part, index) => numberOf(part, fullScale(space, index)))
  const color = toSrgb(space, [a ?? Number.NaN, b ?? Number.NaN, c ?? Number.NaN])
  if (!color?.every(Number.isFinite) || !Number.isFinite(alpha)) return
  const bytes = color.map(value => Math.round(255 * clip(value))).join(',')
  return alpha < 1 ? `rgba(${bytes},${clip(alpha)})` : `rgb(${bytes})`
}

const clip = (value: number) => Math.min(1, Math.max(0, value))

/** A number, an angle in degrees, a percentage of the full scale, or `none`; otherwise not a number. */
function numberOf(part: string, full: number): number {
  if (part === 'none') return 0
  const [, value, unit] = /^([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?)(%|deg)?$/i.exec(part) ?? []
  return unit === '%' ? (Number(value) * full) / 100 : Number(value)
}

/** The value that 100% stands for. */
function fullScale(space: string | undefined, index: number): number {
  if (index === 3) return 1
  if (space === 'rgb') return 255
  if (space === 'hsl' || space === 'hwb') return 100
  return index > 0 && space?.startsWith('ok') ? 0.4 : 1
}

function toSrgb(space: string | undefined, [a, b, c]: Triple): Triple | undefined {
  if (space === 'rgb') return [a / 255, b / 255, c / 255]
  if (space === 'hsl') return fromHsl(a, clip(b / 100), clip(c / 100))
  if (space === 'hwb') return fromHwb(a, clip(b / 100), clip(c / 100))
  if (space === 'oklab') return fromOklab(a, b, c)
  const angle = (c * Math.PI) / 180
  if (space === 'oklch') return fromOklab(a, b * Math.cos(angle), b * Math.sin(angle))
  if (space === 'srgb') return [a, b, c]
  return space === 'display-p3' ? fromP3([linear(a), linear(b), linear(c)]) : undefined
}

function fromHsl(hue: number, saturation: number, lightness: number): Triple {
  const channel = (n: number) => {
    const k = (((n + hue / 30) % 12) + 12) % 12
    return (
      lightness - saturation * Math.min(lightness, 1 - lightness) * Math.max(-1, Math.min(k - 3, 9 - k, 1))
    )
  }
  return [channel(0), channel(8), channel(4)]
}

function fromHwb(hue: number, white: number, black: number): Triple {
  const sum = white + black
  if (sum >= 1) return [white / sum, white / sum, white / sum]
  const [r, g, b] = fromHsl(hue, 1, 0.5).map(value => value * (1 - sum) + white)
  return [r ?? 0, g ?? 0, b ?? 0]
}

function fromOklab(lightness: number, a: number, b: number): Triple {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
  return [
    encoded(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    encoded(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    encoded(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ]
}

const fromP3 = ([r, g, b]: Triple): Triple => [
  encoded(1.2249401763 * r - 0.2249401763 * g),
  encoded(-0.0420569547 * r + 1.0420569547 * g),
  encoded(-0.0196375546 * r - 0.0786360456 * g + 1.0982736001 * b),
]

const linear = (value: number) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
const encoded = (value: number) => (value <= 0.0031308 ? value * 12.92 : 1.055 * value ** (1 / 2.4) - 0.055)
