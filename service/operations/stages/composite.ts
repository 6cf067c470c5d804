import type { Blend } from 'sharp'
import type { Frame, Region, Size } from '../shapes.ts'
import type { PassContext, Stage } from '../stage.ts'
import { blendInto, isChannelBlendMode } from './blend.ts'
import { megapixels, msPerMegapixel } from './cost.ts'
import type { PlacedLayer } from './layers.ts'
import { rank } from './rank.ts'

/** How a layer mixes with what is below, by the names of CSS and libvips; the last two leave only a part of that to be seen. */
export const blendModes = [
  'over',
  'multiply',
  'screen',
  'overlay',
  'darken',
  'lighten',
  'color-dodge',
  'color-burn',
  'hard-light',
  'soft-light',
  'difference',
  'exclusion',
  'add',
  'dest-over',
  'dest-in',
  'dest-out',
] as const satisfies readonly Blend[]

interface CompositeOptions {
  readonly name: string
  readonly blend: (typeof blendModes)[number]
  /** The most pixels that the layer covers. */
  readonly covered: Size
  /** Estimated CPU milliseconds to prepare the layer. */
  readonly fixedCostMs: number
  readonly imageIds?: readonly string[]
  /** Makes the layer, unless there is nothing to see: once a development, however many frames it has. */
  readonly prepare: (canvas: PassContext) => Promise<PlacedLayer | undefined>
}

/** Lays another picture over this one, which keeps its size. */
export function compositeLayer(
  frame: Frame,
  { name, blend, covered, fixedCostMs: onceMs, imageIds: images = [], prepare }: CompositeOptions,
): Stage[] {
  const after = { ...frame, alpha: frame.alpha || blend === 'dest-in' || blend === 'dest-out' }
  const prepared = onceFor(prepare, covered)
  const stage: Stage = {
    name,
    rank: isChannelBlendMode(blend) ? rank.editPixels : frame.alpha ? rank.composite : rank.compositeOpaque,
    colors: 'adds',
    frame: after,
    costMs:
      msPerMegapixel.composite * megapixels(frame) +
      msPerMegapixel[isChannelBlendMode(blend) ? 'blended' : 'covered'] * megapixels(covered),
    fixedCostMs: onceMs,
    imageIds: images,
    async apply(pipeline, canvas) {
      const layer = await prepared(canvas)
      if (layer === undefined) return pipeline
      if (isChannelBlendMode(blend))
        return canvas.editPixels(pipeline, pixels => blendInto(pixels, layer, blend))
      const raw = { width: layer.width, height: layer.height, channels: 4 } as const
      const where = layer.at === 'everywhere' ? { tile: true, gravity: 'northwest' } : layer.at
      const drawn = pipeline.composite([{ input: layer.data, raw, blend, ...where }])
      return after.alpha ? drawn : drawn.removeAlpha()
    },
  }
  return after.alpha && blend !== 'over' ? [stage, pause(after)] : [stage]
}

/** An opaque output is laid over white before its last pass: but what shows through must not be mixed with that white. */
function pause(frame: Frame): Stage {
  return { name: 'pause', rank: rank.passBreak, frame, costMs: 0, apply: pipeline => pipeline }
}

/** The most bytes of layers that are kept for the next frame: a URL can name many. */
const maxKeptBytes = 128 * 1024 * 1024
const keptBytes = new WeakMap<PassContext, number>()

/** A canvas belongs to one development, and all frames of an animation are drawn on the same. */
function onceFor(prepare: CompositeOptions['prepare'], { width, height }: Size): CompositeOptions['prepare'] {
  const known = new WeakMap<PassContext, Promise<PlacedLayer | undefined>>()
  return canvas => {
    const layer = known.get(canvas) ?? prepare(canvas)
    const bytes = (keptBytes.get(canvas) ?? 0) + 4 * width * height
    if (known.has(canvas) || bytes > maxKeptBytes) return layer
    keptBytes.set(canvas, bytes)
    known.set(canvas, layer)
    return layer
  }
}

/** What can be seen of a box that may lie partly outside the frame, in the box's own pixels. */
export function visiblePart(box: Region, frame: Size): Region | undefined {
  const left = Math.max(0, -box.left)
  const top = Math.max(0, -box.top)
  const width = Math.min(box.width, frame.width - box.left) - left
  const height = Math.min(box.height, frame.height - box.top) - top
  return width > 0 && height > 0 ? { left, top, width, height } : undefined
}
