import type { OutputSettings } from '../operations/settings.ts'
import type { Point, Region, Size } from '../operations/shapes.ts'
import type { Stage } from '../operations/stage.ts'
import type { ImageFacts } from './facts.ts'
import type { OutputFormat } from './formats.ts'

/** How an HDR gain map follows the picture that it belongs to: in this order, from the map as it is stored. */
export interface GainMapTransform {
  readonly region: Region
  readonly size: Size
  /** Left to right. */
  readonly flop: boolean
  /** Top to bottom. */
  readonly flip: boolean
  /** By a quarter, clockwise. */
  readonly turned: boolean
  /** Standard deviation of a blur, in pixels of the map as it is then. */
  readonly sigma: number
  /** Estimated CPU milliseconds. */
  readonly costMs: number
}

/** To decode, scale and encode a megapixel of a map. */
const gainMapMsPerMegapixel = 25

/** Whether a gain map is there and asked for, in the one format that has a place for it. */
export function wantsGainMap(
  { gainMap }: ImageFacts,
  format: OutputFormat,
  settings: OutputSettings,
): boolean {
  return gainMap !== undefined && format === 'jpg' && settings.profile === 'keep'
}

/** How the stored picture lies in another: where its corners are, and how much it was blurred, in pixels of that one. */
interface Pose {
  readonly origin: Point
  /** The top right corner. */
  readonly right: Point
  /** The bottom left corner. */
  readonly bottom: Point
  readonly sigma: number
}

/**
 * Where a gain map goes when its picture goes through these stages: a map says pixel by pixel how much brighter a place
 * can be, so it stays true as long as places only move, or details change.
 * @param output size of the result
 * @returns undefined where the map would be wrong; with a budget of bytes too, which it would be taken from
 */
export function planGainMap(
  facts: ImageFacts,
  stages: readonly Stage[],
  output: Size,
  settings: OutputSettings,
): GainMapTransform | undefined {
  const { gainMap: map, space } = facts
  if (map === undefined || space !== 'srgb' || settings.maxBytes !== undefined) return undefined
  const stored = facts.orientation < 5 ? facts : { width: facts.height, height: facts.width }
  const pose = stages.reduce<Pose | undefined>((before, stage) => before && after(before, stage), {
    origin: asSeen(facts, { x: 0, y: 0 }),
    right: asSeen(facts, { x: stored.width, y: 0 }),
    bottom: asSeen(facts, { x: 0, y: stored.height }),
    sigma: 0,
  })
  if (pose === undefined) return undefined
  const { origin, right, bottom, sigma } = pose
  const turned = Math.abs(right.x - origin.x) < Math.abs(right.y - origin.y)
  const [width, height] = turned ? [output.height, output.width] : [output.width, output.height]
  const across = turned
    ? part(origin.y, right.y, width, map.width, stored.width)
    : part(origin.x, right.x, width, map.width, stored.width)
  const down = turned
    ? part(origin.x, bottom.x, height, map.height, stored.height)
    : part(origin.y, bottom.y, height, map.height, stored.height)
  if (!(across && down)) return undefined
  return {
    region: { left: across.from, top: down.from, width: across.length, height: down.length },
    size: { width: across.scaled, height: down.scaled },
    flop: across.mirrored,
    // a quarter clockwise takes what goes down to the left
    flip: down.mirrored !== turned,
    turned,
    sigma: (sigma * across.scaled) / width,
    costMs: (gainMapMsPerMegapixel * map.width * map.height) / 1e6,
  }
}

/** Undefined when a stage does more than to move the picture, or to change its details. */
function after(pose: Pose, { mapPoint: moves, colors, blurSigma: softens }: Stage): Pose | undefined {
  if (colors !== undefined) return undefined
  if (softens !== undefined) return { ...pose, sigma: Math.hypot(pose.sigma, softens) }
  const origin = moves?.(pose.origin)
  const right = moves?.(pose.right)
  const bottom = moves?.(pose.bottom)
  if (!(origin && right && bottom)) return undefined
  const scale = lengthOf(origin, right) / lengthOf(pose.origin, pose.right)
  return { origin, right, bottom, sigma: pose.sigma * scale }
}

const lengthOf = (from: Point, to: Point) => Math.hypot(to.x - from.x, to.y - from.y)

/** A place of the stored picture in the picture as seen (EXIF 2.32, tag 274). */
function asSeen({ orientation, width, height }: ImageFacts, { x, y }: Point): Point {
  const [u, v] = orientation < 5 ? [x, y] : [y, x]
  return {
    x: [2, 3, 6, 7].includes(orientation) ? width - u : u,
    y: [3, 4, 7, 8].includes(orientation) ? height - v : v,
  }
}

/** Rounding of sizes along the way may bring an edge this far outside, as a share of the side. */
const slack = 1e-6

/**
 * The part of one side of the map that the output shows, in whole pixels of the map.
 * @param from,to where the side of the stored picture begins and ends on the output's
 * @param length of the output's side; `map` and `stored` of the map's and the stored picture's
 */
function part(from: number, to: number, length: number, map: number, stored: number) {
  const ends = [(0 - from) / (to - from), (length - from) / (to - from)]
  const [start, end] = [Math.min(...ends), Math.max(...ends)]
  if (!(start >= -slack && end <= 1 + slack)) return undefined
  const first = Math.min(Math.round(start * map), map - 1)
  const pixels = Math.max(1, Math.round(end * map) - first)
  return {
    from: first,
    length: pixels,
    // in proportion to the original's map, and never more than there is
    scaled: Math.min(pixels, Math.max(1, Math.round((length * map) / stored))),
    mirrored: to < from,
  }
}
