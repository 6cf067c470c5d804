import type { Sharp } from 'sharp'
import type { Size } from '../../operations/shapes.ts'
import { type ImageFacts, isPaged } from '../../plan/facts.ts'
import type { Plan } from '../../plan/plan.ts'
import { openVector } from '../foreign/vector.ts'
import { keepsDepth } from '../metadata/depth.ts'
import { openRaw, openSource } from './libvips.ts'

/** What a development reads. */
export interface RenderSource {
  /** The original's bytes, or those of a rendition that stands for it. */
  readonly original: Buffer
  /** It is the pixels of the rung that the plan names: see `decodeRung`. */
  readonly isRung?: boolean
  /** The other images that the plan names, by id. */
  readonly images: ReadonlyMap<string, { readonly data: Buffer; readonly facts: ImageFacts }>
}

/** Opens the page of the original that a plan begins with. */
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
  // a rung holds one page
  const page = isPaged(facts.format) ? 1 : selection.page
  return shallow(openSource(original, maxPixels, { facts, seconds, page }), plan)
}

/** Samples of 16 bits that will not be kept cost a blur seventeen times as much, and twice the memory: 8 from the start. */
function shallow(pipeline: Sharp, plan: Plan): Sharp {
  const { space } = plan.facts
  if (keepsDepth(plan) || !/^(rgb|grey)16$/.test(space)) return pipeline
  return pipeline.pipelineColourspace(space === 'grey16' ? 'b-w' : 'srgb')
}

/** Opens another image for painting: upright, in sRGB, its first page; a drawing at the size that is asked for. */
export async function openLayerImage(
  { images }: RenderSource,
  id: string,
  size: Size,
  maxPixels: number,
  seconds: number,
): Promise<Sharp> {
  const image = images.get(id)
  if (image === undefined) throw new Error(`the plan does not name the image ${id}`)
  if (image.facts.vector) return openVector(image.data, size, maxPixels, seconds)
  return openSource(image.data, maxPixels, { facts: image.facts, seconds })
}
