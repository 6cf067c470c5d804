/** Width divided by height of a ratio as the grammar gives it, such as `16:9`. */
export function parseAspectRatio(text: string): number {
  const [width, height] = text.split(':').map(Number)
  return (width ?? 1) / (height ?? 1)
}
