import sharp from 'sharp'

/** The number of a picture has 16 bits: one for each cell of a grid of 4 × 4, light for 1 and dark for 0. */
const cells = 4
export const maxNumber = 2 ** (cells * cells) - 1
const [dark, light] = [40, 215]
/** Random differences of a pixel from its cell, so that the file has some size. */
const noise = Buffer.from(Array.from({ length: 65_521 }, () => Math.floor(Math.random() * 48)))

export interface PictureSize {
  readonly width: number
  readonly height: number
}

/** Draws a picture that shows a number, so that any derivative of it can be identified. */
export async function drawNumber(number: number, size: PictureSize, format: 'jpeg' | 'png'): Promise<Buffer> {
  const image = sharp(pixelsOf(number, size, format === 'jpeg'), { raw: { ...size, channels: 3 } })
  return format === 'jpeg'
    ? image.jpeg({ quality: 88 }).toBuffer()
    : image.png({ compressionLevel: 3 }).toBuffer()
}

/** Draws an animation of three frames, all of which show the number. */
export async function drawAnimation(number: number, size: PictureSize): Promise<Buffer> {
  const frames = await Promise.all(
    [0, 40, 80].map(red =>
      sharp(pixelsOf(number, size, false, red), { raw: { ...size, channels: 3 } })
        .png()
        .toBuffer(),
    ),
  )
  return sharp(frames, { join: { animated: true } })
    .gif({ delay: [100, 100, 100] })
    .toBuffer()
}

function pixelsOf(number: number, { width, height }: PictureSize, isNoisy: boolean, red = 0): Buffer {
  const pixels = Buffer.alloc(width * height * 3)
  const start = Math.floor(Math.random() * noise.length)
  for (let y = 0, at = 0; y < height; y++) {
    const row = Math.floor((y * cells) / height)
    for (let x = 0; x < width; x++, at += 3) {
      const cell = row * cells + Math.floor((x * cells) / width)
      const value = (number >> cell) & 1 ? light : dark
      const grain = isNoisy ? (noise[(start + at) % noise.length] ?? 0) - 24 : 0
      pixels[at] = Math.min(255, value + red)
      pixels[at + 1] = value + grain
      pixels[at + 2] = value
    }
  }
  return pixels
}

/** Reads the number of a whole file, and its size. @throws Error when the file is damaged or cut off */
export async function readNumber(file: Buffer): Promise<PictureSize & { readonly number: number }> {
  const decoded = sharp(file, { failOn: 'warning' }).removeAlpha().greyscale()
  const { data, info } = await decoded.raw().toBuffer({ resolveWithObject: true })
  const { width, height } = info
  let number = 0
  for (let cell = 0; cell < cells * cells; cell++) {
    // the middle of the cell, which no filter at its edges changes
    const x = Math.floor(((cell % cells) + 0.5) * (width / cells))
    const y = Math.floor((Math.floor(cell / cells) + 0.5) * (height / cells))
    if (meanAround(data, info, x, y) > (dark + light) / 2) number |= 1 << cell
  }
  return { width, height, number }
}

/** The mean of 3 × 3 pixels. */
function meanAround(
  data: Buffer,
  { width, channels }: { width: number; channels: number },
  x: number,
  y: number,
): number {
  let sum = 0
  for (const dy of [-1, 0, 1])
    for (const dx of [-1, 0, 1]) sum += data[((y + dy) * width + x + dx) * channels] ?? 0
  return sum / 9
}
