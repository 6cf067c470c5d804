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

/** Where the smaller size sits inside the larger one for a compass gravity; halves round up, as in sharp. */
export function placeByGravity(outer: Size, inner: Size, gravity: string): Region {
  const left = Math.ceil((outer.width - inner.width) * (columns[gravity] ?? 0.5))
  const top = Math.ceil((outer.height - inner.height) * (rows[gravity] ?? 0.5))
  return { left, top, width: inner.width, height: inner.height }
}

/** The region of this size whose centre is as near as possible to a point given as fractions of the outer size. */
export function placeAroundPoint(outer: Size, inner: Size, point: { x: number; y: number }): Region {
  const start = (whole: number, part: number, at: number) =>
    Math.min(whole - part, Math.max(0, Math.round(whole * at - part / 2)))
  return {
    left: start(outer.width, inner.width, point.x),
    top: start(outer.height, inner.height, point.y),
    width: inner.width,
    height: inner.height,
  }
}

/** The same, moved inwards from the edges that the gravity names; from the middle, to the right and down. */
export function placeWithOffset(outer: Size, inner: Size, gravity: string, by: Point): Region {
  const { left, top, ...size } = placeByGravity(outer, inner, gravity)
  return {
    left: left + (columns[gravity] === 1 ? -by.x : by.x),
    top: top + (rows[gravity] === 1 ? -by.y : by.y),
    ...size,
  }
}
