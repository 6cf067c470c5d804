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

const black = [0, 0, 0] as const

/** Draws the sample photo of a fresh installation (dunes at dusk) as a JPEG, so that no third-party file is shipped. */
export async function drawDemoPhoto(): Promise<Buffer> {
  const pixels = new Uint8ClampedArray(width * height * 3)
  for (let column = 0; column < width; column++) drawColumn(pixels, column)
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 90 })
    .toBuffer()
}

/** Draws one column of the photo. A first start waits for it, so the loop over 2.5 million pixels creates no objects. */
function drawColumn(pixels: Uint8ClampedArray, column: number): void {
  const x = column / width
  const ridges = dunes.map(dune => ridgeAt(dune, x))
  for (let row = 0; row < height; row++) {
    const y = row / height
    const at = (row * width + column) * 3
    const light = Math.sin(x * 900 + y * 1300) * Math.sin(x * 613 - y * 997) * 5
    const dune = nearestDune(ridges, y)
    if (dune) mix(pixels, at, black, dune.color, 1.25 - 0.5 * (y - dune.base), light)
    else mix(pixels, at, sky[0], sky[1], Math.min(1, (0.66 - y) / 0.66), glowAt(x, y) + light / 4)
  }
}

/** The dune that is seen at the height `y`, or undefined for the sky. */
function nearestDune(ridges: readonly number[], y: number): (typeof dunes)[number] | undefined {
  for (let dune = ridges.length - 1; dune >= 0; dune--) if (y > (ridges[dune] ?? 1)) return dunes[dune]
  return undefined
}

type Color = readonly [number, number, number]

/** Writes the colour at `share` of the way from one colour to another, with `added` light. */
function mix(
  pixels: Uint8ClampedArray,
  at: number,
  from: Color,
  to: Color,
  share: number,
  added: number,
): void {
  pixels[at] = from[0] + (to[0] - from[0]) * share + added
  pixels[at + 1] = from[1] + (to[1] - from[1]) * share + added
  pixels[at + 2] = from[2] + (to[2] - from[2]) * share + added
}

/** The height of a dune at `x`. Coordinates are fractions of width and height. */
function ridgeAt({ base, swell, length, shift }: (typeof dunes)[number], x: number): number {
  return base + swell * Math.sin(x * length * 2 * Math.PI + shift) * (0.6 + 0.4 * Math.cos(x * 5 + shift))
}

/** How much brighter the sun, and the air around it, make the sky at a point. */
function glowAt(x: number, y: number): number {
  const aside = (x - 0.68) * (x - 0.68)
  const above = (y - 0.5) * (y - 0.5)
  const sun = aside * 2.25 + above < 0.0032 ? 60 : 0
  return 90 * Math.exp(-(aside * 30 + above * 60)) + sun
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

const toByte = (value: number) => Math.max(0, Math.min(255, Math.round(value)))

function markAt(x: number, y: number): number[] {
  const [u, v] = [(2 * x) / markSide - 1, (2 * y) / markSide - 1]
  const radius = Math.hypot(u, v)
  const blade = Math.floor((Math.atan2(v, u) / (2 * Math.PI) + 0.5 + radius * 0.35) * 6) % 2
  // one pixel of partly covered edge (antialiasing)
  const edge = (at: number) => Math.max(0, Math.min(1, ((at - radius) * markSide) / 2 + 0.5))
  const covered = edge(0.7) - edge(0.28)
  return [255, blade ? 214 : 150, blade ? 102 : 64, toByte(255 * covered)]
}
