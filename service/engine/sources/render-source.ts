import type { Sharp } from 'sharp'
import type { Size } from '../../operations/shapes.ts'
import type { ImageFacts } from '../../plan/facts.ts'
import type { PixelCopy } from '../../plan/ladder.ts'
import type { Plan } from '../../plan/plan.ts'
import { isPaged } from '../../plan/source-formats.ts'
import { openVector } from '../foreign/vector.ts'
import { keepsDepth } from '../metadata/depth.ts'
import { openRaw } from './libvips.ts'
import { openScaled } from './tiff-floats.ts'

/** The images that a render reads. */
export interface RenderSource {
  /** The bytes of the original or of a page that replaces it, or raw pixels. */
  readonly original: Buffer
  /** Whether `original` holds the decoded pixels of the plan's rung, or of its shared copy. */
  readonly pixelsOf?: 'rung' | 'sharedCopy' | undefined
  /** The other images that the plan refers to, by id. */
  readonly images: ReadonlyMap<string, { readonly data: Buffer; readonly facts: ImageFacts }>
}

/** The copy whose pixels a render reads; undefined when it reads the original. */
export const copyRead = ({ pixelsOf }: Pick<RenderSource, 'pixelsOf'>, plan: Plan): PixelCopy | undefined =>
  pixelsOf && plan[pixelsOf]

/** Opens the page of the original that the plan starts from. */
export async function openOriginal(
  source: RenderSource,
  plan: Plan,
  maxPixels: number,
  seconds: number,
): Promise<Sharp> {
  const { original } = source
  const { facts, vectorSize } = plan
  const copy = copyRead(source, plan)
  if (copy) {
    const { width, height } = copy
    return openRaw({ data: original, width, height, channels: facts.alpha ? 4 : 3 }, seconds)
  }
  if (vectorSize) return openVector(original, vectorSize, maxPixels, seconds)
  const page = pageInFile(plan)
  return reduceTo8Bits(await openScaled(original, maxPixels, { facts, seconds, page }), plan)
}

/** The page of the file that is read. The PNG of a paged format holds one page. */
export const pageInFile = ({ facts, selection }: Plan) => (isPaged(facts.format) ? 1 : selection.page)

/**
 * 16-bit samples that will not be kept are reduced to 8 bits first: they make a blur seventeen times as slow and take
 * twice the memory.
 */
function reduceTo8Bits(pipeline: Sharp, plan: Plan): Sharp {
  const { space } = plan.facts
  if (keepsDepth(plan) || !/^(rgb|grey)16$/.test(space)) return pipeline
  return pipeline.pipelineColourspace(space === 'grey16' ? 'b-w' : 'srgb')
}

/**
 * Opens another image as a layer: its first page, upright, in sRGB. A vector image is rasterized at the requested size.
 */
export async function openLayerImage(
  { images }: RenderSource,
  id: string,
  size: Size,
  maxPixels: number,
  seconds: number,
): Promise<Sharp> {
  const image = images.get(id)
  if (image === undefined) throw new Error(`the plan does not refer to image ${id}`)
  if (image.facts.vector) return openVector(image.data, size, maxPixels, seconds)
  return openScaled(image.data, maxPixels, { facts: image.facts, seconds })
}
