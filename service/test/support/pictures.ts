import { crc32, deflateSync } from 'node:zlib'
import sharp, { type Sharp } from 'sharp'

/** The RGB or RGBA channels of a pixel, 0–255. */
type Color = readonly number[]
type Paint = (x: number, y: number) => Color

/** Draws an image pixel by pixel. */
export function draw(width: number, height: number, paint: Paint): Sharp {
  const channels = paint(0, 0).length === 4 ? 4 : 3
  const pixels = new Uint8ClampedArray(width * height * channels)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) pixels.set(paint(x, y), (y * width + x) * channels)
  }
  return sharp(pixels, { raw: { width, height, channels } })
}

/** A photo-like image with large soft shapes, edges and noise that is hard to compress. `seed` varies it. */
export function photo(width: number, height: number, seed = 1): Sharp {
  let state = seed * 2_654_435_761
  const grain = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return (state / 2 ** 32 - 0.5) * 24
  }
  // drawn at a third of the size and enlarged, because drawing pixels in JavaScript is slow
  const [w, h] = [Math.ceil(width / 3), Math.ceil(height / 3)]
  const small = draw(w, h, (x, y) => {
    const [u, v] = [x / w, y / h]
    const hill = v > 0.6 + 0.15 * Math.sin(u * 7 + seed) ? 60 : 0
    const noise = grain()
    return [
      120 + 90 * Math.sin(u * 5 + seed) + noise - hill,
      110 + 80 * Math.sin(v * 4 + u * 2 + seed) + noise - hill,
      100 + 90 * Math.cos(u * 3 - v * 5) + noise,
    ]
  })
  return small.resize(width, height, { fit: 'fill' })
}

/** A 120×80 image without symmetry: four corners of four colours, and a ramp. */
const asymmetric: Paint = (x, y) => {
  const corner = (x < 60 ? 0 : 1) + (y < 40 ? 0 : 2)
  const [r, g, b] = [
    [220, 40, 40],
    [40, 200, 60],
    [40, 60, 220],
    [230, 210, 40],
  ][corner]!
  return [r! - x / 2, g!, b! - y / 2]
}

/** The displayed position of a stored pixel, by EXIF orientation, in an image displayed as `w`×`h`. */
const seenAt: readonly ((sx: number, sy: number, w: number, h: number) => [x: number, y: number])[] = [
  (sx, sy) => [sx, sy],
  (sx, sy, w) => [w - 1 - sx, sy],
  (sx, sy, w, h) => [w - 1 - sx, h - 1 - sy],
  (sx, sy, _, h) => [sx, h - 1 - sy],
  (sx, sy) => [sy, sx],
  (sx, sy, w) => [w - 1 - sy, sx],
  (sx, sy, w, h) => [w - 1 - sy, h - 1 - sx],
  (sx, sy, _, h) => [sy, h - 1 - sx],
]

/** An image that is displayed as 120×80, stored in EXIF orientation 1–8. */
export function oriented(orientation: number): Promise<Buffer> {
  const see = seenAt[orientation - 1]!
  const [width, height] = orientation >= 5 ? [80, 120] : [120, 80]
  const image = draw(width, height, (sx, sy) => asymmetric(...see(sx, sy, 120, 80)))
  return image.withMetadata({ orientation }).jpeg({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer()
}

/** A disc whose edge fades to transparent. */
export function disc(side: number): Sharp {
  return draw(side, side, (x, y) => {
    const distance = Math.hypot(x - side / 2, y - side / 2) / (side / 2)
    return [200, 80, 40, 255 * Math.min(1, Math.max(0, (1 - distance) * 4))]
  })
}

/** A GIF animation of three frames. */
export async function animation(side: number): Promise<Buffer> {
  const frames = [0, 1, 2].map(seed => photo(side, side, seed).png().toBuffer())
  return sharp(await Promise.all(frames), { join: { animated: true } })
    .gif()
    .toBuffer()
}

/** A PNG of one pixel whose header declares another size. Its checksums are correct. */
export function claimingPng(width: number, height: number): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const pixel = deflateSync(Buffer.from([0, 255, 0, 0]))
  const signature = Buffer.from('89504e470d0a1a0a', 'hex')
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', pixel),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const frame = Buffer.alloc(8)
  frame.writeUInt32BE(data.length, 0)
  frame.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)])
}

/** The absolute difference of two images of the same size, over all channels, 0–255. */
export async function compare(a: Buffer | Sharp, b: Buffer | Sharp): Promise<{ mean: number; max: number }> {
  const [left, right] = await Promise.all([pixelsOf(a), pixelsOf(b)])
  if (left.info.width !== right.info.width || left.info.height !== right.info.height) {
    const sizes = [left, right].map(({ info }) => `${info.width}x${info.height}`)
    throw new Error(`the images differ in size: ${sizes.join(' and ')}`)
  }
  let sum = 0
  let max = 0
  for (let index = 0; index < left.data.length; index++) {
    const difference = Math.abs(left.data[index]! - right.data[index]!)
    sum += difference
    if (difference > max) max = difference
  }
  return { mean: sum / left.data.length, max }
}

/** Decodes to sRGB with alpha, so that images with and without alpha can be compared. */
function pixelsOf(image: Buffer | Sharp) {
  const decoded = Buffer.isBuffer(image) ? sharp(image) : image
  return decoded.toColourspace('srgb').ensureAlpha().raw().toBuffer({ resolveWithObject: true })
}
