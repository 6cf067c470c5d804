import sharp from 'sharp'

const width = 1920
const height = 1280

/** Sky colours at the horizon and at the top, then dunes from the farthest to the nearest. Colours are RGB. */
const sky = [
  [255, 196, 120],
  [38, 30, 74],
] as const
const dunes = [
  { base: 0.6, swell: 0.05, length: 0.9, shift: 0.3, color: [168, 92, 84] },
  { base: 0.7, swell: 0.07, length: 1.4, shift: 1.9, color: [112, 56, 66] },
  { base: 0.84, swell: 0.08, length: 1.1, shift: 4.1, color: [58, 30, 44] },
] as const

/** Draws the sample photo of a fresh installation (dunes at dusk) as a JPEG, so that no third-party file is shipped. */
export async function drawDemoPhoto(): Promise<Buffer> {
  const pixels = Buffer.alloc(width * height * 3)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++)
      pixels.set(colorAt(x / width, y / height).map(toByte), (y * width + x) * 3)
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 90 })
    .toBuffer()
}

const toByte = (value: number) => Math.max(0, Math.min(255, Math.round(value)))

/** The colour at a point. Coordinates are fractions of width and height. */
function colorAt(x: number, y: number): number[] {
  const dune = dunes.findLast(({ base, swell, length, shift }) => {
    const ridge =
      base + swell * Math.sin(x * length * 2 * Math.PI + shift) * (0.6 + 0.4 * Math.cos(x * 5 + shift))
    return y > ridge
  })
  const light = Math.sin(x * 900 + y * 1300) * Math.sin(x * 613 - y * 997) * 5
  if (dune) return dune.color.map(value => value * (1.25 - 0.5 * (y - dune.base)) + light)
  const rise = Math.min(1, (0.66 - y) / 0.66)
  const glow = 90 * Math.exp(-((x - 0.68) ** 2 * 30 + (y - 0.5) ** 2 * 60))
  const sun = (x - 0.68) ** 2 * 2.25 + (y - 0.5) ** 2 < 0.0032 ? 60 : 0
  return sky[0].map((low, index) => low + ((sky[1][index] ?? 0) - low) * rise + glow + sun + light / 4)
}

const markSide = 160

/** Draws a sample watermark (an aperture ring with blades and a margin) as a transparent PNG. */
export async function drawDemoWatermark(): Promise<Buffer> {
  const pixels = Buffer.alloc(markSide * markSide * 4)
  for (let y = 0; y < markSide; y++) {
    for (let x = 0; x < markSide; x++) pixels.set(markAt(x, y), (y * markSide + x) * 4)
  }
  return sharp(pixels, { raw: { width: markSide, height: markSide, channels: 4 } })
    .png()
    .toBuffer()
}

function markAt(x: number, y: number): number[] {
  const [u, v] = [(2 * x) / markSide - 1, (2 * y) / markSide - 1]
  const radius = Math.hypot(u, v)
  const blade = Math.floor((Math.atan2(v, u) / (2 * Math.PI) + 0.5 + radius * 0.35) * 6) % 2
  // one pixel of partly covered edge (antialiasing)
  const edge = (at: number) => Math.max(0, Math.min(1, ((at - radius) * markSide) / 2 + 0.5))
  const covered = edge(0.7) - edge(0.28)
  return [255, blade ? 214 : 150, blade ? 102 : 64, toByte(255 * covered)]
}
