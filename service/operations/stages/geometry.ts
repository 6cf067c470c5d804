import type { KernelEnum } from 'sharp'
import { type Color, flattenColor } from '../color.ts'
import type { Frame, Point, Region, Size } from '../shapes.ts'
import type { Stage } from '../stage.ts'
import { megapixels, msPerMegapixel } from './cost.ts'
import { rank } from './rank.ts'

/** Moves every point by this many pixels. */
const translate =
  (x: number, y: number) =>
  (point: Point): Point => ({ x: point.x + x, y: point.y + y })

/** Extracts a region. With `scaled` it directly follows a `scale` stage and can share its pass. */
export function extract(frame: Frame, region: Region, scaled = false): Stage {
  return {
    name: `extract ${region.width}x${region.height}+${region.left}+${region.top}`,
    rank: scaled ? rank.extractAfterScale : rank.extract,
    frame: { width: region.width, height: region.height, alpha: frame.alpha },
    costMs: msPerMegapixel.extract,
    mapPoint: translate(-region.left, -region.top),
    crops: true,
    onSmallerCopy: copy => extract({ ...copy, alpha: frame.alpha }, regionOn(copy, frame, region), scaled),
    apply: pipeline =>
      pipeline.extract({ left: region.left, top: region.top, width: region.width, height: region.height }),
  }
}

/** The same region of a smaller copy, to the nearest pixel and at least one pixel large. */
function regionOn(copy: Size, frame: Size, { left, top, width, height }: Region): Region {
  const [x, y] = [copy.width / frame.width, copy.height / frame.height]
  const start = {
    x: Math.min(copy.width - 1, Math.round(left * x)),
    y: Math.min(copy.height - 1, Math.round(top * y)),
  }
  return {
    left: start.x,
    top: start.y,
    width: Math.max(1, Math.round((left + width) * x) - start.x),
    height: Math.max(1, Math.round((top + height) * y) - start.y),
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
    // Each pixel of a smaller copy is a mean of many, so `nearest` would look different on it.
    ...(kernel === 'nearest'
      ? {}
      : { onSmallerCopy: copy => scale({ ...copy, alpha: frame.alpha }, size, kernel) }),
    apply: pipeline => pipeline.resize({ ...size, fit: 'fill', kernel }),
  }
}

/** Adds area around the image, in pixels. */
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
    mapPoint: translate(edges.left, edges.top),
    apply: (pipeline, context) => pipeline.extend({ ...edges, background: flattenColor(context, color) }),
  }
}
