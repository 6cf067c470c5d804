/**
 * A start tag with its first thousand quoted attributes; more would exhaust the stack of the regular expression. Each
 * character can match in one way only, so that the time is linear.
 */
const startTag = /<[^\s/>"']+(?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*')){0,1000}/y
const attribute = /\s+([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g
const length = /^(\+?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?)(px|pt|pc|mm|cm|in|em|ex)?$/i
const relative = /^(?:auto|[\d.]+%)?$/

/**
 * Completes the size of the root element as browsers do. If only one of `width` and `height` is a length, the other
 * follows from the ratio of the `viewBox`. If neither is a length, the units of the `viewBox` count as pixels, and a
 * very large `viewBox` is reduced. Without these lengths, the renderer would take a side that is missing or in percent
 * from the `viewBox` alone, and distort the drawing.
 * @param begin the offset of the root element's start tag
 */
export function withCompleteSize(text: string, begin: number): string {
  startTag.lastIndex = begin
  const tag = startTag.exec(text)?.[0]
  if (tag === undefined) return text
  const values = new Map<string, string>()
  for (const [, name = '', double, single] of tag.matchAll(attribute))
    values.set(name, (double ?? single ?? '').trim())
  const [width = '', height = ''] = [values.get('width'), values.get('height')]
  const box = sizeOf(values.get('viewBox') ?? '')
  if (box === undefined || !(relative.test(width) || relative.test(height))) return text
  const ratio = box.width / box.height
  const sides =
    relative.test(width) && relative.test(height)
      ? reduced(box)
      : relative.test(width)
        ? { width: scale(height, ratio), height }
        : { width, height: scale(width, 1 / ratio) }
  const kept = tag.replace(attribute, (all, name) => (name === 'width' || name === 'height' ? '' : all))
  const size = sides.width && sides.height ? ` width="${sides.width}" height="${sides.height}"` : ''
  return text.slice(0, begin) + kept + size + text.slice(begin + tag.length)
}

/** Sets attributes of the root element. A tag that cannot be read stays as it is. */
export function withAttributes(
  text: string,
  begin: number,
  attributes: Readonly<Record<string, string>>,
): string {
  startTag.lastIndex = begin
  const tag = startTag.exec(text)?.[0]
  if (tag === undefined) return text
  const kept = tag.replace(attribute, (all, name) => (name in attributes ? '' : all))
  const set = Object.entries(attributes).map(([name, value]) => ` ${name}="${value}"`)
  return text.slice(0, begin) + kept + set.join('') + text.slice(begin + tag.length)
}

/** Width and height of a `viewBox`, or undefined if it is missing or empty. */
function sizeOf(viewBox: string): { width: number; height: number } | undefined {
  const [, , width = 0, height = 0] = viewBox.split(/[\s,]+/, 5).map(Number)
  return width > 0 && height > 0 ? { width, height } : undefined
}

/** A `viewBox` is reduced if its longest side exceeds `maxSide`. The longest side then becomes `reducedSide`. */
const maxSide = 8192
const reducedSide = 4096

/** The reduced size of a `viewBox` that is too large; an empty object for any other `viewBox`. */
function reduced({ width, height }: { width: number; height: number }) {
  const longest = Math.max(width, height)
  if (longest <= maxSide || longest === Number.POSITIVE_INFINITY) return {}
  const side = (units: number) => String(Math.max(1, (units * reducedSide) / longest))
  return { width: side(width), height: side(height) }
}

/** A length times a factor in the same unit, or undefined if it is not a length above zero. */
function scale(text: string, factor: number): string | undefined {
  const [, value, unit = ''] = length.exec(text) ?? []
  const scaled = Number(value) * factor
  return scaled > 0 && Number.isFinite(scaled) ? `${scaled}${unit}` : undefined
}
