/** Converts a length to pixels: a value between -1 and 1 is a fraction of `side`, any other counts pixels. */
export const toPixels = (value: number, side: number) =>
  Math.abs(value) < 1 ? Math.round(value * side) : value

/** Width divided by height, of a ratio as the grammar returns it, such as `16:9`. */
export function parseAspectRatio(text: string): number {
  const [width, height] = text.split(':').map(Number)
  return (width ?? 1) / (height ?? 1)
}
