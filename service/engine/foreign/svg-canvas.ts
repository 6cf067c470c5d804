import { withAttributes } from './svg-size.ts'
import { rootAt } from './svg-text.ts'

/** A rectangle in the units of a document. */
export interface Bounds {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/**
 * The larger canvas that a document needs if an element lies far outside of its own canvas. The renderer crashes on an
 * element with opacity, a mask or a filter that reaches further from the canvas's origin than twice the canvas's size.
 * @param content the bounds of all elements
 * @param size the intrinsic size
 * @returns undefined when the intrinsic canvas is enough
 */
export function canvasFor(content: Bounds, { width, height }: Pick<Bounds, 'width' | 'height'>) {
  const [left, right] = extend(content.x, content.width, width)
  const [top, bottom] = extend(content.y, content.height, height)
  if (left + right + top + bottom === 0) return undefined
  return { x: -left, y: -top, width: left + width + right, height: top + height + bottom }
}

/**
 * How far a side is extended at its start and end, so that the content reaches at most twice the new length from the
 * new start, in both directions.
 */
function extend(from: number, length: number, side: number): [before: number, after: number] {
  // strokes and filters reach beyond the bounds
  const margin = length / 10
  const before = (margin - from - 2 * side) / 3
  const after = (from + length + margin - 2 * side) / 2
  return [Math.max(0, before), Math.max(0, after)]
}

/** The document on a larger canvas. Content outside of the document's own canvas stays hidden. */
export function onCanvas(text: string, size: Pick<Bounds, 'width' | 'height'>, canvas: Bounds): string {
  const begin = rootAt(text)
  const { x, y, width, height } = canvas
  const outer = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${x} ${y} ${width} ${height}">`
  const inner = withAttributes(text, begin, {
    x: '0',
    y: '0',
    width: `${size.width}`,
    height: `${size.height}`,
  })
  return `${inner.slice(0, begin)}${outer}${inner.slice(begin)}</svg>`
}
