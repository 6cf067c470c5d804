import type { KernelEnum } from 'sharp'
import { type Color, flattenColor } from '../color.ts'
import type { Frame, Point, Region, Size } from '../shapes.ts'
import type { Stage } from '../stage.ts'
import { megapixels, msPerMegapixel } from './cost.ts'
import { rank } from './rank.ts'

/** Moves every place by so many pixels. */
const shift =
  (x: number, y: number) =>
  (point: Point): Point => ({ x: point.x + x, y: point.y + y })

/** Cuts a region out; `scaled` when it directly follows a `scale`, whose pass it then shares. */
export function extract(frame: Frame, region: Region, scaled = false): Stage {
  return {
    name: `extract ${region.width}x${region.height}+${region.left}+${region.top}`,
    rank: scaled ? rank.extractAfterScale : rank.extract,
    frame: { width: region.width, height: region.height, alpha: frame.alpha },
    costMs: msPerMegapixel.extract,
    mapPoint: shift(-region.left, -region.top),
    crops: true,
    onSmallerCopy: copy => extract({ ...copy, alpha: frame.alpha }, regionOn(copy, frame, region), scaled),
    apply: pipeline =>
      pipeline.extract({ left: region.left, top: region.top, width: region.width, height: region.height }),
  }
}

/** The same part of a copy, to the nearest pixel; at least one. */
function regionOn(copy: Size, frame: Size, { left, top, width, height }: Region): Region {
  const [x, y] = [copy.width / frame.width, copy.height / frame.height]
  const first = {
    x: Math.min(copy.width - 1, Math.round(left * x)),
    y: Math.min(copy.height - 1, Math.round(top * y)),
  }
  return {
    left: first.x,
    top: first.y,
    width: Math.max(1, Math.round((left + width) * x) - first.x),
    height: Math.max(1, Math.round((top + height) * y) - first.y),
  }
}

/** Scales to exactly this size, each side by its own factor. */
export function scale(frame: Frame, size: Size, kernel: keyof KernelEnum): Stage {
  return {
    name: `scale ${size.width}x${size.height}`,
    rank: rank.scale,
    frame: { ...size, alpha: frame.alpha },
    costMs: msPerMegapixel.scale * Math.max(megapixels(frame), megapixels(size)),
    mapPoint: ({ x, y }) => ({ x: (x * size.width) / frame.width, y: (y * size.height) / frame.height }),
    fixedSize: true,
    // the nearest pixel of a copy is a mean of many
    ...(kernel === 'nearest'
      ? {}
      : { onSmallerCopy: copy => scale({ ...copy, alpha: frame.alpha }, size, kernel) }),
    apply: pipeline => pipeline.resize({ ...size, fit: 'fill', kernel }),
  }
}

/** Adds area around the picture, in pixels. */
export function embed(
  frame: Frame,
  edges: { top: number; right: number; bottom: number; left: number },
  color: Color,
): Stage {
  const size = {
    width: frame.width + edges.left + edges.right,
    height: frame.height + edges.top + edges.bottom,
  }
  return {
    name: `embed ${size.width}x${size.height}`,
    rank: !frame.alpha && color.alpha < 1 ? rank.embedAlpha : rank.embed,
    colors: 'adds',
    frame: { ...size, alpha: frame.alpha || color.alpha < 1 },
    costMs: msPerMegapixel.embed * megapixels(size),
    mapPoint: shift(edges.left, edges.top),
    apply: (pipeline, canvas) => pipeline.extend({ ...edges, background: flattenColor(canvas, color) }),
  }
}
