import { readFile } from 'node:fs/promises'
import sharp from 'sharp'
import type { ImageFacts } from '../../plan/facts.ts'
import type { PagedFormat } from '../../plan/source-formats.ts'
import { readCredits } from '../metadata/credits.ts'
import { classifyProfile } from '../metadata/icc.ts'
import { decodePageToPng } from './page-png.ts'
import { rasterizeVector } from './vector.ts'

/** The facts that decoding a file reveals. */
export interface InspectionResult {
  readonly facts: ImageFacts
  /** The first page as a PNG, for a format that libvips here cannot read, so that the file is decoded only once. */
  readonly firstPage?: Buffer
}

/** Decodes the first page of a file and derives its facts. @throws as `decodePageToPng` */
export async function inspectForeignFile(
  path: string,
  format: PagedFormat,
  maxPixels: number,
  signal?: AbortSignal,
): Promise<InspectionResult> {
  const file = await readFile(path)
  const { png, pages, sizes } = await decodePageToPng(format, file, { page: 1, maxPixels }, signal)
  const metadata = await sharp(png, { limitInputPixels: false }).metadata()
  const { width, height, hasAlpha, icc } = metadata
  const facts: ImageFacts = {
    ...neutral,
    format,
    width,
    height,
    pages,
    ...(sizes && sizes.length > 1 ? { pageSizes: sizes.map(([w, h]) => [w, h]) } : {}),
    alpha: hasAlpha,
    profile: classifyProfile(icc),
    bytes: file.length,
    ...readCredits(metadata),
  }
  return { facts, firstPage: png }
}

/** The facts of an SVG, after a test render. @throws DarkroomError `undecodable` or `too-many-pixels` */
export async function inspectVectorFile(
  path: string,
  maxPixels: number,
  signal?: AbortSignal,
): Promise<InspectionResult> {
  const file = await readFile(path)
  const { intrinsic } = await rasterizeVector(file, { size: 'test', maxPixels }, signal)
  const { width, height } = intrinsic
  const facts: ImageFacts = {
    ...neutral,
    format: 'svg',
    width,
    height,
    alpha: true,
    vector: true,
    profile: 'none',
    bytes: file.length,
  }
  return { facts }
}

/** Facts common to all decoders' output, unless overridden: upright, one page, not progressive, 8-bit sRGB. */
const neutral = { orientation: 1, pages: 1, progressive: false, space: 'srgb' } as const
