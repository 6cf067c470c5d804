import type { Point, Region, Size } from './shapes.ts'

const columns: Record<string, number> = {
  northwest: 0,
  west: 0,
  southwest: 0,
  northeast: 1,
  east: 1,
  southeast: 1,
}
const rows: Record<string, number> = {
  northwest: 0,
  north: 0,
  northeast: 0,
  southwest: 1,
  south: 1,
  southeast: 1,
}

/** Places a smaller size inside a larger one by a compass gravity. Half pixels round up, as in sharp. */
export function placeByGravity(outer: Size, inner: Size, gravity: string): Region {
  const left = Math.ceil((outer.width - inner.width) * (columns[gravity] ?? 0.5))
  const top = Math.ceil((outer.height - inner.height) * (rows[gravity] ?? 0.5))
  return { left, top, width: inner.width, height: inner.height }
}

/** Places a region with its centre as near as possible to a point, given as fractions of the outer size. */
export function placeAroundPoint(outer: Size, inner: Size, point: { x: number; y: number }): Region {
  const start = (side: number, length: number, at: number) =>
    Math.min(side - length, Math.max(0, Math.round(side * at - length / 2)))
  return {
    left: start(outer.width, inner.width, point.x),
    top: start(outer.height, inner.height, point.y),
    width: inner.width,
    height: inner.height,
  }
}

/**
 * Places by gravity, then moves inwards from the edges that the gravity names; from the centre, to the right and down.
 */
export function placeWithOffset(outer: Size, inner: Size, gravity: string, by: Point): Region {
  const { left, top, ...size } = placeByGravity(outer, inner, gravity)
  return {
    left: left + (columns[gravity] === 1 ? -by.x : by.x),
    top: top + (rows[gravity] === 1 ? -by.y : by.y),
    ...size,
  }
}
