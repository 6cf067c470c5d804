import sharp from 'sharp'
import type { Test } from 'tap'
import type { Bench } from './build.ts'
import { cornerAt, corners } from './foreign-files.ts'
import { compare, draw } from './pictures.ts'
import { bytesOf } from './session.ts'

/** The four areas, drawn by sharp. */
export const drawCorners = (width: number, height: number) =>
  draw(width, height, (x, y) => cornerAt(x, y, width, height))

/** An SVG with these elements and attributes of its root. */
export const svg = (inside: string, size = 'width="60" height="40"') =>
  Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" ${size} viewBox="0 0 60 40">${inside}</svg>`)

/** The elements of `cornersSvg`. */
export const areas = corners
  .map(
    (color, index) =>
      `<rect x="${(index % 2) * 30}" y="${index < 2 ? 0 : 20}" width="30" height="20" fill="rgb(${color.join(',')})"/>`,
  )
  .join('')
/** The four areas as an SVG of 60x40. */
export const cornersSvg = svg(areas)

/** Fetches a derivative's bytes. */
export async function render(bench: Bench, path: string): Promise<Buffer> {
  return bytesOf(await bench.get(await bench.sign(`/processed/${bench.userId}/${path}`)))
}

/** Checks that the four areas are in their places; edges may be soft. */
export async function showsCorners(t: Test, image: Buffer, name: string) {
  const { width = 0, height = 0 } = await sharp(image).metadata()
  const { mean } = await compare(
    await sharp(image).removeAlpha().png().toBuffer(),
    drawCorners(width, height),
  )
  t.ok(mean < 6, `${name}: the pixels differ by ${mean.toFixed(1)}`)
}
