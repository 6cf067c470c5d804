import { copyFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { createRandom } from './random.ts'

const width = 2560
const height = 1600

/**
 * Layers of noise, from coarse to fine: how many cells a row has, and how far their grey may be from the middle grey.
 * Contrast decreases with frequency about as in photographs (amplitude as 1/f; Field, 1987).
 */
const grains = [
  { cells: 5, contrast: 110 },
  { cells: 24, contrast: 80 },
  { cells: 96, contrast: 50 },
  { cells: 400, contrast: 34 },
  { cells: 1280, contrast: 22 },
] as const

/** Draws photograph-like baseline JPEGs into a folder. @returns the paths of the files */
export async function drawPictures(count: number, folder: string): Promise<string[]> {
  const paths: string[] = []
  for (let seed = 1; seed <= count; seed++) {
    const path = join(folder, `picture-${seed}.jpg`)
    await writeFile(path, await drawPicture(seed))
    paths.push(path)
  }
  return paths
}

/** Draws an original into a folder; the original is cheap to render. @returns its path */
export async function drawTinyPicture(folder: string): Promise<string> {
  const path = join(folder, 'tiny.jpg')
  await sharp(await drawPicture(0))
    .resize(480)
    .jpeg()
    .toFile(path)
  return path
}

/** Copies the first photographs of a folder, sorted by name, into another. @returns the paths of the copies */
export async function copyPhotos(count: number, from: string, to: string): Promise<string[]> {
  const names = (await readdir(from)).filter(name => /\.(jpe?g|png|webp|avif|tiff?)$/i.test(name)).sort()
  if (names.length === 0) throw new Error(`no photographs in ${from}`)
  const chosen = names.slice(0, count)
  await Promise.all(chosen.map(name => copyFile(join(from, name), join(to, name))))
  return chosen.map(name => join(to, name))
}

/** Draws colour gradients, then shapes with hard edges, then noise over both. */
export async function drawPicture(seed: number): Promise<Buffer> {
  const random = createRandom(seed)
  const sky = await noise({ cells: 4, contrast: 120 }, 3, random)
  const layers = [{ input: Buffer.from(shapes(random)), blend: 'over' as const }]
  const overlays = []
  for (const grain of grains) {
    overlays.push({ input: await noise(grain, 1, random), blend: 'soft-light' as const })
  }
  return sharp(sky)
    .composite([...layers, ...overlays])
    .removeAlpha()
    .jpeg({ quality: 88 })
    .toBuffer()
}

/** Draws random cells and enlarges them smoothly to the size of the image. */
async function noise(
  { cells, contrast }: { cells: number; contrast: number },
  channels: 1 | 3,
  random: () => number,
): Promise<Buffer> {
  const size = { width: cells, height: Math.ceil((cells * height) / width) }
  const pixels = Buffer.from(
    Array.from({ length: size.width * size.height * channels }, () => 128 + contrast * (2 * random() - 1)),
  )
  return sharp(pixels, { raw: { ...size, channels } })
    .resize({ width, height, fit: 'fill', kernel: 'cubic' })
    .png({ compressionLevel: 1 })
    .toBuffer()
}

function shapes(random: () => number): string {
  const point = (x: number, y: number, reach: number) =>
    `${Math.round(x + reach * (random() - 0.5))},${Math.round(y + reach * (random() - 0.5))}`
  const polygons = Array.from({ length: 60 }, () => {
    const [x, y, reach] = [random() * width, random() * height, 60 + 900 * random() ** 3]
    const corners = Array.from({ length: 5 }, () => point(x, y, reach)).join(' ')
    const [red, green, blue] = [random() * 255, random() * 255, random() * 255].map(Math.round)
    return `<polygon points="${corners}" fill="rgb(${red},${green},${blue})" fill-opacity="${0.3 + 0.7 * random()}"/>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${polygons.join('')}</svg>`
}
