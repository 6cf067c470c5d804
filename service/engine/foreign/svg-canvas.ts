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
 * How far a side is extended at its start and end. The content then reaches at most twice the new length from the new
 * start, in both directions. It is also at most twice as long as the new length: inside a layer, such as a translucent
 * group, the renderer measures from the layer's start.
 */
function extend(from: number, length: number, side: number): [before: number, after: number] {
  // strokes and filters reach beyond the bounds
  const margin = length / 10
  const before = Math.max(0, (margin - from - 2 * side) / 3)
  const end = Math.max(from + length + margin, length + 2 * margin)
  return [before, Math.max(0, end / 2 - side - before)]
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
