import sharp, { type Sharp } from 'sharp'
import type { Region } from '../../operations/shapes.ts'
import type { Session } from './session.ts'

/** RGBA channels, 0–255. */
export type Pixel = readonly [r: number, g: number, b: number, alpha: number]

/** The pixels of an image, or of one frame of an animation. */
export interface PixelReader {
  readonly width: number
  readonly height: number
  readonly at: (x: number, y: number) => Pixel
  /** The bounding box of all pixels that match. */
  readonly boxOf: (like: (pixel: Pixel) => boolean) => Region | undefined
}

export async function readPixels(file: Buffer, page = 0): Promise<PixelReader> {
  const { data, info } = await sharp(file, { page }).ensureAlpha().raw().toBuffer({ resolveWithObject: true })
  const { width, height } = info
  const at = (x: number, y: number): Pixel => {
    const [r = 0, g = 0, b = 0, alpha = 0] = data.subarray((y * width + x) * 4, (y * width + x) * 4 + 4)
    return [r, g, b, alpha]
  }
  return {
    width,
    height,
    at,
    boxOf(like) {
      const columns: number[] = []
      const rows: number[] = []
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          if (!like(at(x, y))) continue
          columns.push(x)
          rows.push(y)
        }
      }
      if (rows.length === 0) return undefined
      const [left, top] = [columns.reduce((a, b) => Math.min(a, b)), rows[0] ?? 0]
      const right = columns.reduce((a, b) => Math.max(a, b))
      return { left, top, width: right - left + 1, height: (rows.at(-1) ?? 0) - top + 1 }
    },
  }
}

export type Step = Readonly<Record<string, unknown>>

export const flat = (width: number, height: number, background: string | object): Sharp =>
  sharp({ create: { width, height, channels: 4, background } })

/** 40×20: the left half red, the right half green. */
export const logo = await flat(40, 20, '#f00')
  .composite([{ input: await flat(20, 20, '#0f0').png().toBuffer(), left: 20, top: 0 }])
  .png()
  .toBuffer()
export const blue = await flat(200, 120, '#4060a0').removeAlpha().png().toBuffer()

/** Uploads two images and renders the second over the first. */
export function overlayRenderer(session: Session) {
  const ids = new Map<Buffer, string>()
  const idOf = async (file: Buffer) => {
    const id = ids.get(file) ?? (await session.upload(file)).id
    ids.set(file, id)
    return id
  }
  return async (base: Buffer, layer: Buffer, options: Step, format = 'png') => {
    const operations = [{ op: 'overlay', i: await idOf(layer), ...options }]
    return session.get(await session.sign({ imageId: await idOf(base), operations, format }))
  }
}

/** Whether no channel differs by more than `by`. */
export const near = (found: readonly number[], expected: readonly number[], by: number) =>
  expected.every((value, index) => Math.abs(value - found[index]!) <= by)

/** One colour in every source format. Compare a format that cannot store it exactly with sharp's own output. */
export async function sourceKinds(width: number, height: number) {
  const solid = flat(width, height, '#4060a0').removeAlpha()
  const frames = await Promise.all(
    ['#4060a0', '#a06040', '#60a040'].map(color => flat(width, height, color).png().toBuffer()),
  )
  return {
    opaque: await solid.clone().jpeg({ quality: 95 }).toBuffer(),
    transparent: await flat(width, height, '#4060a080').png().toBuffer(),
    deep: await solid.clone().toColourspace('rgb16').png().toBuffer(),
    grey: await solid.clone().toColourspace('b-w').png().toBuffer(),
    deepGrey: await solid.clone().toColourspace('grey16').png().toBuffer(),
    cmyk: await solid.clone().toColourspace('cmyk').withIccProfile('cmyk').jpeg({ quality: 95 }).toBuffer(),
    animated: await sharp(frames, { join: { animated: true } })
      .gif()
      .toBuffer(),
  }
}
