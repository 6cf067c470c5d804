import type { Blend } from 'sharp'
import type { Frame, Region, Size } from '../shapes.ts'
import type { PassContext, Stage } from '../stage.ts'
import { blendInto, isChannelBlendMode } from './blend.ts'
import { megapixels, msPerMegapixel } from './cost.ts'
import type { PlacedLayer } from './layers.ts'
import { rank } from './rank.ts'

/** Blend modes by their names in CSS and libvips. The last two keep only a part of the image below. */
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
  /** The largest area that the layer may cover. */
  readonly covered: Size
  /** Estimated CPU milliseconds to prepare the layer. */
  readonly fixedCostMs: number
  readonly imageIds?: readonly string[]
  /** Prepares the layer; undefined when no part of it is visible. Called once per rendering, not once per frame. */
  readonly prepare: (context: PassContext) => Promise<PlacedLayer | undefined>
}

/** Composites a layer over the image, which keeps its size. */
export function compositeLayer(
  frame: Frame,
  { name, blend, covered, fixedCostMs, imageIds = [], prepare }: CompositeOptions,
): Stage[] {
  const after = { ...frame, alpha: frame.alpha || blend === 'dest-in' || blend === 'dest-out' }
  const prepareOnce = oncePerContext(prepare, covered)
  const stage: Stage = {
    name,
    rank: isChannelBlendMode(blend) ? rank.editPixels : frame.alpha ? rank.composite : rank.compositeOpaque,
    colors: 'adds',
    frame: after,
    costMs:
      msPerMegapixel.composite * megapixels(frame) +
      msPerMegapixel[isChannelBlendMode(blend) ? 'blended' : 'covered'] * megapixels(covered),
    fixedCostMs,
    imageIds,
    async apply(pipeline, context) {
      const layer = await prepareOnce(context)
      if (layer === undefined) return pipeline
      if (isChannelBlendMode(blend))
        return context.editPixels(pipeline, pixels => blendInto(pixels, layer, blend))
      const raw = { width: layer.width, height: layer.height, channels: 4 } as const
      const position = layer.at === 'everywhere' ? { tile: true, gravity: 'northwest' } : layer.at
      const composited = pipeline.composite([{ input: layer.data, raw, blend, ...position }])
      return after.alpha ? composited : composited.removeAlpha()
    },
  }
  return after.alpha && blend !== 'over' ? [stage, passBreak(after)] : [stage]
}

/**
 * Ends the pass, so that the layer is never composited in the last pass. For an output format without transparency the
 * image is flattened onto white before its last pass, and the layer would blend with that white.
 */
function passBreak(frame: Frame): Stage {
  return { name: 'pass break', rank: rank.passBreak, frame, costMs: 0, apply: pipeline => pipeline }
}

/**
 * The most bytes of layers that one rendering caches for its next frames. It is limited because a URL can name many
 * layers.
 */
const maxCachedBytes = 128 * 1024 * 1024
const cachedBytes = new WeakMap<PassContext, number>()

/** Caches the layer per context: a context belongs to one rendering, and all frames of an animation share it. */
function oncePerContext(
  prepare: CompositeOptions['prepare'],
  { width, height }: Size,
): CompositeOptions['prepare'] {
  const layers = new WeakMap<PassContext, Promise<PlacedLayer | undefined>>()
  return context => {
    const layer = layers.get(context) ?? prepare(context)
    const bytes = (cachedBytes.get(context) ?? 0) + 4 * width * height
    if (layers.has(context) || bytes > maxCachedBytes) return layer
    cachedBytes.set(context, bytes)
    layers.set(context, layer)
    return layer
  }
}

/** The part of a box inside the frame, in the box's own pixels; undefined when the box is entirely outside. */
export function visiblePart(box: Region, frame: Size): Region | undefined {
  const left = Math.max(0, -box.left)
  const top = Math.max(0, -box.top)
  const width = Math.min(box.width, frame.width - box.left) - left
  const height = Math.min(box.height, frame.height - box.top) - top
  return width > 0 && height > 0 ? { left, top, width, height } : undefined
}
