import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp, { type Sharp } from 'sharp'
import { drawPicture } from './pictures.ts'

const jpegSize = { width: 5640, height: 3172 }
const pngSize = { width: 5120, height: 2880 }

/** Scales a drawn picture and adds grain, without which the file would be much smaller than a photograph. */
async function enlarge(seed: number, { width, height }: { width: number; height: number }): Promise<Sharp> {
  const noise = { type: 'gaussian' as const, mean: 128, sigma: 9 }
  const grain = await sharp({ create: { width, height, channels: 3, background: '#808080', noise } })
    .png({ compressionLevel: 1 })
    .toBuffer()
  const picture = await sharp(await drawPicture(seed))
    .resize({ width, height, fit: 'fill' })
    .png({ compressionLevel: 1 })
    .toBuffer()
  return sharp(picture).composite([{ input: grain, blend: 'soft-light' }])
}

/** Draws a baseline JPEG. */
export async function drawJpeg(seed: number, size: { width: number; height: number }): Promise<Buffer> {
  return (await enlarge(seed, size)).removeAlpha().jpeg({ quality: 88 }).toBuffer()
}

/** Draws a progressive JPEG of 18 megapixels. */
export async function drawProgressiveJpeg(seed: number): Promise<Buffer> {
  return (await enlarge(seed, jpegSize)).removeAlpha().jpeg({ quality: 88, progressive: true }).toBuffer()
}

/** Draws a progressive JPEG and a PNG into the folder of the pictures. @returns the paths of the files */
export async function drawLargePictures(folder: string): Promise<string[]> {
  const [jpeg, png] = [join(folder, 'pictures', 'large.jpg'), join(folder, 'pictures', 'large.png')]
  await writeFile(jpeg, await drawProgressiveJpeg(7))
  await writeFile(
    png,
    await (await enlarge(8, pngSize)).removeAlpha().png({ compressionLevel: 6 }).toBuffer(),
  )
  return [jpeg, png]
}
