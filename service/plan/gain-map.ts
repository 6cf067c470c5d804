import type { OutputSettings, Point, Region, Size, Stage } from '../operations/operation.ts'
import type { ImageFacts } from './facts.ts'
import type { OutputFormat } from './formats.ts'

/** How an HDR gain map follows the picture that it belongs to: in this order, from the map as it is stored. */
export interface GainMapCourse {
  readonly region: Region
  readonly size: Size
  /** Left to right. */
  readonly flop: boolean
  /** Top to bottom. */
  readonly flip: boolean
  /** By a quarter, clockwise. */
  readonly turned: boolean
  /** Estimated CPU milliseconds. */
  readonly costMs: number
}

/** To decode, scale and encode a megapixel of a map. */
const msPerMegapixel = 25

/** Whether a gain map is there and asked for, in the one format that has a place for it. */
export function wantsGainMap(
  { gainMap }: ImageFacts,
  format: OutputFormat,
  settings: OutputSettings,
): boolean {
  return gainMap !== undefined && format === 'jpg' && settings.profile === 'keep'
}

/**
 * Where a gain map goes when its picture goes through these stages: a map says pixel by pixel how much brighter a place
 * can be, so it stays true as long as places only move.
 * @param output size of the result
 * @returns undefined where the map would be wrong; with a budget of bytes too, which it would be taken from
 */
export function followGainMap(
  facts: ImageFacts,
  stages: readonly Stage[],
  output: Size,
  settings: OutputSettings,
): GainMapCourse | undefined {
  const { gainMap: map, space } = facts
  const moves = movesOf(stages)
  if (map === undefined || moves === undefined || space !== 'srgb' || settings.maxBytes !== undefined)
    return undefined
  const stored = facts.orientation < 5 ? facts : { width: facts.height, height: facts.width }
  const place = (x: number, y: number) => moves(asSeen(facts, { x, y }))
  const [origin, right, bottom] = [place(0, 0), place(stored.width, 0), place(0, stored.height)]
  if (!(origin && right && bottom)) return undefined
  const turned = Math.abs(right.x - origin.x) < Math.abs(right.y - origin.y)
  const across = turned
    ? part(origin.y, right.y, output.height, map.width, stored.width)
    : part(origin.x, right.x, output.width, map.width, stored.width)
  const down = turned
    ? part(origin.x, bottom.x, output.width, map.height, stored.height)
    : part(origin.y, bottom.y, output.height, map.height, stored.height)
  if (!(across && down)) return undefined
  return {
    region: { left: across.from, top: down.from, width: across.length, height: down.length },
    size: { width: across.scaled, height: down.scaled },
    flop: across.mirrored,
    // a quarter clockwise takes what goes down to the left
    flip: down.mirrored !== turned,
    turned,
    costMs: (msPerMegapixel * map.width * map.height) / 1e6,
  }
}

/** What the stages do to a place; undefined when one of them does more than to move the picture. */
function movesOf(stages: readonly Stage[]): ((point: Point) => Point | undefined) | undefined {
  if (!stages.every(({ moves, colors }) => moves !== undefined && colors === undefined)) return undefined
  return point =>
    stages.reduce<Point | undefined>((at, { moves }) => (at && moves ? moves(at) : undefined), point)
}

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
