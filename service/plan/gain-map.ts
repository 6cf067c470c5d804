import type { OutputSettings } from '../operations/settings.ts'
import type { Point, Region, Size } from '../operations/shapes.ts'
import type { Stage } from '../operations/stage.ts'
import type { ImageFacts } from './facts.ts'
import type { OutputFormat } from './formats.ts'

/** The steps that keep an HDR gain map aligned with its image, in this order, starting from the map as stored. */
export interface GainMapTransform {
  readonly region: Region
  readonly size: Size
  /** Whether it is mirrored left to right. */
  readonly flop: boolean
  /** Whether it is mirrored top to bottom. */
  readonly flip: boolean
  /** Whether it is turned by 90 degrees clockwise. */
  readonly turned: boolean
  /** Standard deviation of a blur, in pixels of the resulting map. */
  readonly sigma: number
  /** Estimated CPU milliseconds. */
  readonly costMs: number
}

/** CPU milliseconds to decode, scale and encode a megapixel of a map. */
const gainMapMsPerMegapixel = 25

/** Whether the image has a gain map and the request keeps it, in the one format that can hold it. */
export function wantsGainMap(
  { gainMap }: ImageFacts,
  format: OutputFormat,
  settings: OutputSettings,
): boolean {
  return gainMap !== undefined && format === 'jpg' && settings.profile === 'keep'
}

/** The position of the stored image in another image, and how much it was blurred, in pixels of that image. */
interface Pose {
  readonly origin: Point
  /** The top right corner. */
  readonly right: Point
  /** The bottom left corner. */
  readonly bottom: Point
  readonly sigma: number
}

/**
 * Plans how a gain map follows its image through these stages. A map says how much brighter each place can be on an HDR
 * screen, so it stays valid while places only move or fine detail changes.
 * @param output size of the result
 * @returns undefined when the map would be wrong, or when `maxBytes` is set, because the map would count against it
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
  const pose = stages.reduce<Pose | undefined>((pose, stage) => pose && poseAfter(pose, stage), {
    origin: toUpright(facts, { x: 0, y: 0 }),
    right: toUpright(facts, { x: stored.width, y: 0 }),
    bottom: toUpright(facts, { x: 0, y: stored.height }),
    sigma: 0,
  })
  if (pose === undefined) return undefined
  const { origin, right, bottom, sigma } = pose
  const turned = Math.abs(right.x - origin.x) < Math.abs(right.y - origin.y)
  const [width, height] = turned ? [output.height, output.width] : [output.width, output.height]
  const across = turned
    ? visiblePartOfSide(origin.y, right.y, width, map.width, stored.width)
    : visiblePartOfSide(origin.x, right.x, width, map.width, stored.width)
  const down = turned
    ? visiblePartOfSide(origin.x, bottom.x, height, map.height, stored.height)
    : visiblePartOfSide(origin.y, bottom.y, height, map.height, stored.height)
  if (!(across && down)) return undefined
  return {
    region: { left: across.from, top: down.from, width: across.length, height: down.length },
    size: { width: across.scaled, height: down.scaled },
    flop: across.mirrored,
    // A quarter turn clockwise turns downwards into leftwards.
    flip: down.mirrored !== turned,
    turned,
    sigma: (sigma * across.scaled) / width,
    costMs: (gainMapMsPerMegapixel * map.width * map.height) / 1e6,
  }
}

/** The pose after a stage; undefined when the stage does more than move the image or change its fine detail. */
function poseAfter(pose: Pose, { mapPoint, colors, blurSigma, sharpens }: Stage): Pose | undefined {
  if (colors !== undefined) return undefined
  if (sharpens) return pose
  if (blurSigma !== undefined) return { ...pose, sigma: Math.hypot(pose.sigma, blurSigma) }
  const origin = mapPoint?.(pose.origin)
  const right = mapPoint?.(pose.right)
  const bottom = mapPoint?.(pose.bottom)
  if (!(origin && right && bottom)) return undefined
  const scale = lengthOf(origin, right) / lengthOf(pose.origin, pose.right)
  return { origin, right, bottom, sigma: pose.sigma * scale }
}

const lengthOf = (from: Point, to: Point) => Math.hypot(to.x - from.x, to.y - from.y)

/** Maps a point of the stored image to the upright image (EXIF 2.32, tag 274). */
function toUpright({ orientation, width, height }: ImageFacts, { x, y }: Point): Point {
  const [u, v] = orientation < 5 ? [x, y] : [y, x]
  return {
    x: [2, 3, 6, 7].includes(orientation) ? width - u : u,
    y: [3, 4, 7, 8].includes(orientation) ? height - v : v,
  }
}

/**
 * How far an edge of the output may lie outside of the stored image, as a fraction of its side: sizes are rounded, so
 * edges are not exact.
 */
const tolerance = 1e-6

/**
 * The part of one side of the map that the output shows, in whole pixels of the map.
 * @param from,to where the stored image's side begins and ends on the output's side
 * @param length length of the output's side
 * @param map length of the map's side
 * @param stored length of the stored image's side
 */
function visiblePartOfSide(from: number, to: number, length: number, map: number, stored: number) {
  const ends = [(0 - from) / (to - from), (length - from) / (to - from)]
  const [start, end] = [Math.min(...ends), Math.max(...ends)]
  if (!(start >= -tolerance && end <= 1 + tolerance)) return undefined
  const first = Math.min(Math.round(start * map), map - 1)
  const pixels = Math.max(1, Math.round(end * map) - first)
  return {
    from: first,
    length: pixels,
    // In proportion to the original's map, and never enlarged.
    scaled: Math.min(pixels, Math.max(1, Math.round((length * map) / stored))),
    mirrored: to < from,
  }
}
