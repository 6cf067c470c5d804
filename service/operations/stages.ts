import type { KernelEnum, Sharp } from 'sharp'
import { type Color, colorOn } from './color.ts'
import type { Frame, Rank, Size, Stage } from './operation.ts'

/**
 * The primitives that operations are made of. A rank is the span that it takes in sharp's own
 * order of one pipeline (its pipeline.cc): what has a higher rank runs later, however the calls are ordered.
 */
const rank = {
  extract: [1, 1],
  grayscale: [2, 2],
  scale: [3, 3],
  // scales, and crops after sharp's turn: nothing may come between
  attend: [3, 6],
  mirror: [4, 4],
  // one pipeline holds one rotation, by quarters or by any angle
  rotate: [5, 5],
  // what comes later in the pass would work on colours that the rounding after it changes at transparent edges
  rotateClear: [5, 9],
  extractScaled: [6, 6],
  embed: [7, 7],
  blur: [8, 8],
  sharpen: [9, 9],
} as const satisfies Record<string, Rank>

/** CPU milliseconds a megapixel of the larger side of the stage, measured on photographs with sharp 0.35. */
const perMegapixel = {
  extract: 0,
  grayscale: 3,
  scale: 6,
  mirror: 1,
  turn: 4,
  rotate: 40,
  embed: 1,
  sharpen: 60,
}

const megapixels = (size: Size) => (size.width * size.height) / 1e6

/** A rectangle inside a picture, in whole pixels. */
export interface Region extends Size {
  readonly left: number
  readonly top: number
}

/** Cuts a region out; `scaled` when it directly follows a `scale`, whose pass it then shares. */
export function extract(frame: Frame, region: Region, scaled = false): Stage {
  return {
    name: `extract ${region.width}x${region.height}+${region.left}+${region.top}`,
    rank: scaled ? rank.extractScaled : rank.extract,
    frame: { width: region.width, height: region.height, alpha: frame.alpha },
    costMs: perMegapixel.extract,
    draw: pipeline =>
      pipeline.extract({ left: region.left, top: region.top, width: region.width, height: region.height }),
  }
}

/** Scales to exactly this size, each side by its own factor. */
export function scale(frame: Frame, size: Size, kernel: keyof KernelEnum): Stage {
  return {
    name: `scale ${size.width}x${size.height}`,
    rank: rank.scale,
    frame: { ...size, alpha: frame.alpha },
    costMs: perMegapixel.scale * Math.max(megapixels(frame), megapixels(size)),
    draw: pipeline => pipeline.resize({ ...size, fit: 'fill', kernel }),
  }
}

/** Scales to cover the size and cuts off what stands out least; the size must not exceed the picture's. */
export function attend(
  frame: Frame,
  size: Size,
  strategy: 'attention' | 'entropy',
  kernel: keyof KernelEnum,
): Stage {
  return {
    name: `cover ${size.width}x${size.height} by ${strategy}`,
    rank: rank.attend,
    frame: { ...size, alpha: frame.alpha },
    costMs: 2 * perMegapixel.scale * megapixels(frame),
    draw: pipeline => pipeline.resize({ ...size, fit: 'cover', position: strategy, kernel }),
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
    rank: rank.embed,
    colors: 'adds',
    frame: { ...size, alpha: frame.alpha || color.alpha < 1 },
    costMs: perMegapixel.embed * megapixels(size),
    draw: (pipeline, canvas) => pipeline.extend({ ...edges, background: colorOn(canvas, color) }),
  }
}

/** Mirrors left to right, top to bottom, or both. */
export function mirror(frame: Frame, axes: { horizontal: boolean; vertical: boolean }): Stage {
  return {
    name: `mirror${axes.horizontal ? ' left-right' : ''}${axes.vertical ? ' top-bottom' : ''}`,
    rank: rank.mirror,
    frame,
    costMs: perMegapixel.mirror * megapixels(frame),
    draw: pipeline => pipeline.flop(axes.horizontal).flip(axes.vertical),
  }
}

/** Turns by quarters, clockwise; no pixel is lost. */
export function turn(frame: Frame, angle: 90 | 180 | 270): Stage {
  const size = angle === 180 ? frame : { width: frame.height, height: frame.width }
  return {
    name: `turn ${angle}`,
    rank: rank.rotate,
    frame: { width: size.width, height: size.height, alpha: frame.alpha },
    costMs: perMegapixel.turn * megapixels(frame),
    draw: pipeline => pipeline.rotate(angle),
  }
}

/** Rotates by any angle, clockwise in degrees, onto the smallest frame that holds the result. */
export function rotate(frame: Frame, angle: number, color: Color): Stage {
  const size = rotatedSize(frame, angle)
  const alpha = frame.alpha || color.alpha < 1
  return {
    name: `rotate ${angle}`,
    rank: alpha ? rank.rotateClear : rank.rotate,
    colors: 'adds',
    frame: { ...size, alpha },
    costMs: perMegapixel.rotate * megapixels(size),
    draw(pipeline, canvas) {
      const rotated = pipeline.rotate(angle, { background: colorOn(canvas, color) })
      return canvas.opaque || !alpha ? rotated : premultiplied(rotated)
    },
  }
}

/**
 * sharp interpolates a rotation over premultiplied colours, without which edges against transparency get a dark
 * seam, only when the pass blurs or scales, too: this blur's mask has one pixel and changes nothing.
 */
function premultiplied(pipeline: Sharp): Sharp {
  return pipeline.blur({ sigma: 0.3, minAmplitude: 1 })
}

/**
 * The bounding box of a rotated frame as libvips computes it (vips_affine: the transformed corners' extent,
 * rounded to nearest), so that the plan's sizes are those of the pixels.
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

/** Blurs by a Gaussian of this standard deviation, in pixels. */
export function blur(frame: Frame, sigma: number): Stage {
  return {
    name: `blur ${sigma}`,
    rank: rank.blur,
    frame,
    costMs: (10 + 6 * sigma) * megapixels(frame),
    draw: pipeline => pipeline.blur(sigma),
  }
}

/** Sharpens in the L channel of LAB: `sigma` in pixels, `flat` and `jagged` areas each by their own strength. */
export function sharpen(frame: Frame, sigma: number, flat: number, jagged: number): Stage {
  return {
    name: `sharpen ${sigma}`,
    rank: rank.sharpen,
    frame,
    costMs: perMegapixel.sharpen * megapixels(frame),
    draw: pipeline => pipeline.sharpen({ sigma, m1: flat, m2: jagged }),
  }
}

/** Takes the colour out, keeping luminance. */
export function grayscale(frame: Frame): Stage {
  return {
    name: 'grayscale',
    rank: rank.grayscale,
    colors: 'drops',
    frame,
    costMs: perMegapixel.grayscale * megapixels(frame),
    draw: pipeline => pipeline.grayscale(),
  }
}
