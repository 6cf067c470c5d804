import type { Sharp } from 'sharp'
import { type Color, flattenColor } from '../color.ts'
import type { Frame, Point, Size } from '../shapes.ts'
import type { Stage } from '../stage.ts'
import { megapixels, msPerMegapixel } from './cost.ts'
import { rank } from './rank.ts'

/** Mirrors left to right, top to bottom, or both. */
export function mirror(frame: Frame, axes: { horizontal: boolean; vertical: boolean }): Stage {
  return {
    name: `mirror${axes.horizontal ? ' left-right' : ''}${axes.vertical ? ' top-bottom' : ''}`,
    rank: rank.mirror,
    frame,
    costMs: msPerMegapixel.mirror * megapixels(frame),
    mapPoint: ({ x, y }) => ({
      x: axes.horizontal ? frame.width - x : x,
      y: axes.vertical ? frame.height - y : y,
    }),
    onSmallerCopy: copy => mirror({ ...copy, alpha: frame.alpha }, axes),
    apply: pipeline => pipeline.flop(axes.horizontal).flip(axes.vertical),
  }
}

/** Rotates by quarter turns, clockwise and without loss. */
export function turn(frame: Frame, angle: 90 | 180 | 270): Stage {
  const size = angle === 180 ? frame : { width: frame.height, height: frame.width }
  return {
    name: `turn ${angle}`,
    rank: rank.rotate,
    frame: { width: size.width, height: size.height, alpha: frame.alpha },
    costMs: msPerMegapixel.turn * megapixels(frame),
    mapPoint: rotatePoint(frame, size, angle),
    onSmallerCopy: copy => turn({ ...copy, alpha: frame.alpha }, angle),
    apply: pipeline => pipeline.rotate(angle),
  }
}

/** Rotates by any angle, clockwise in degrees, onto the smallest frame that contains the result. */
export function rotate(frame: Frame, angle: number, color: Color): Stage {
  const size = rotatedSize(frame, angle)
  const alpha = frame.alpha || color.alpha < 1
  return {
    name: `rotate ${angle}`,
    rank: alpha ? rank.rotateAlpha : rank.rotate,
    colors: 'adds',
    frame: { ...size, alpha },
    costMs: msPerMegapixel.rotate * megapixels(size),
    mapPoint: rotatePoint(frame, size, angle),
    apply(pipeline, context) {
      const rotated = pipeline.rotate(angle, { background: flattenColor(context, color) })
      return context.opaque || !alpha ? rotated : premultiplied(rotated)
    },
  }
}

/**
 * Makes sharp premultiply before a rotation or median. sharp does so only when the pass also blurs or scales;
 * otherwise the colour of invisible pixels leaves a seam at transparent edges. This blur's mask has one pixel, so it
 * changes nothing itself.
 */
export function premultiplied(pipeline: Sharp): Sharp {
  return pipeline.blur({ sigma: 0.3, minAmplitude: 1 })
}

/** Rotates points around the centre, clockwise in degrees. */
function rotatePoint(from: Size, to: Size, angle: number): (point: Point) => Point {
  const radians = (angle * Math.PI) / 180
  const [cosine, sine] = [Math.cos(radians), Math.sin(radians)]
  return point => {
    const x = point.x - from.width / 2
    const y = point.y - from.height / 2
    return { x: to.width / 2 + x * cosine - y * sine, y: to.height / 2 + x * sine + y * cosine }
  }
}

/**
 * The bounding box of a rotated frame, computed as libvips does (vips_affine: the extent of the transformed corners,
 * rounded to nearest), so that planned sizes equal those of the pixels.
 */
export function rotatedSize(size: Size, angle: number): Size {
  const radians = (angle * Math.PI) / 180
  const cosine = Math.abs(Math.cos(radians))
  const sine = Math.abs(Math.sin(radians))
  return {
    width: Math.max(1, Math.round(size.width * cosine + size.height * sine)),
    height: Math.max(1, Math.round(size.width * sine + size.height * cosine)),
  }
}
