import type { Sharp } from 'sharp'
import type { Size } from '../../operations/shapes.ts'
import type { ImageFacts } from '../../plan/facts.ts'
import type { Plan } from '../../plan/plan.ts'
import { isPaged } from '../../plan/source-formats.ts'
import { openVector } from '../foreign/vector.ts'
import { keepsDepth } from '../metadata/depth.ts'
import { openRaw } from './libvips.ts'
import { openScaled } from './tiff-floats.ts'

/** The images that a render reads. */
export interface RenderSource {
  /** The bytes of the original, or of a page or rung that replaces it. */
  readonly original: Buffer
  /** Whether `original` holds the decoded pixels of the plan's rung. See `decodeRung`. */
  readonly isRung?: boolean
  /** The other images that the plan refers to, by id. */
  readonly images: ReadonlyMap<string, { readonly data: Buffer; readonly facts: ImageFacts }>
}

/** Opens the page of the original that the plan starts from. */
export async function openOriginal(
  { original, isRung }: RenderSource,
  plan: Plan,
  maxPixels: number,
  seconds: number,
): Promise<Sharp> {
  const { facts, selection, vectorSize, rung } = plan
  if (isRung && rung) {
    const { width, height } = rung
    return openRaw({ data: original, width, height, channels: facts.alpha ? 4 : 3 }, seconds)
  }
  if (vectorSize) return openVector(original, vectorSize, maxPixels, seconds)
  // the PNG of a paged format holds one page
  const page = isPaged(facts.format) ? 1 : selection.page
  return reduceTo8Bits(await openScaled(original, maxPixels, { facts, seconds, page }), plan)
}

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
