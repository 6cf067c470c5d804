import type { Blend } from 'sharp'
import type { Canvas, Frame, Region, Size, Stage } from '../operation.ts'
import { blendInto, isMode } from './blending.ts'
import type { PlacedLayer } from './layers.ts'
import { megapixels, perMegapixel, rank } from './rank.ts'

/** How a layer mixes with what is below, by the names of CSS and libvips; the last two leave only a part of that to be seen. */
export const blends = [
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

interface Overlaying {
  readonly name: string
  readonly blend: (typeof blends)[number]
  /** The most pixels that the layer covers. */
  readonly covered: Size
  /** Estimated CPU milliseconds to prepare the layer. */
  readonly onceMs: number
  readonly images?: readonly string[]
  /** Makes the layer, unless there is nothing to see: once a development, however many frames it has. */
  readonly prepare: (canvas: Canvas) => Promise<PlacedLayer | undefined>
}

/** Lays another picture over this one, which keeps its size. */
export function lay(
  frame: Frame,
  { name, blend, covered, onceMs, images = [], prepare }: Overlaying,
): Stage[] {
  const after = { ...frame, alpha: frame.alpha || blend === 'dest-in' || blend === 'dest-out' }
  const prepared = onceFor(prepare, covered)
  const stage: Stage = {
    name,
    rank: isMode(blend) ? rank.repaint : frame.alpha ? rank.composite : rank.compositeSolid,
    colors: 'adds',
    frame: after,
    costMs:
      perMegapixel.composite * megapixels(frame) +
      perMegapixel[isMode(blend) ? 'blended' : 'covered'] * megapixels(covered),
    onceMs,
    images,
    async draw(pipeline, canvas) {
      const layer = await prepared(canvas)
      if (layer === undefined) return pipeline
      if (isMode(blend)) return canvas.repaint(pipeline, pixels => blendInto(pixels, layer, blend))
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
  return { name: 'pause', rank: rank.pause, frame, costMs: 0, draw: pipeline => pipeline }
}

/** The most bytes of layers that are kept for the next frame: a URL can name many. */
const maxKeptBytes = 128 * 1024 * 1024
const keptBytes = new WeakMap<Canvas, number>()

/** A canvas belongs to one development, and all frames of an animation are drawn on the same. */
function onceFor(prepare: Overlaying['prepare'], { width, height }: Size): Overlaying['prepare'] {
  const known = new WeakMap<Canvas, Promise<PlacedLayer | undefined>>()
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
export function seenOf(box: Region, frame: Size): Region | undefined {
  const left = Math.max(0, -box.left)
  const top = Math.max(0, -box.top)
  const width = Math.min(box.width, frame.width - box.left) - left
  const height = Math.min(box.height, frame.height - box.top) - top
  return width > 0 && height > 0 ? { left, top, width, height } : undefined
}
