/** Positions on a picture, and the options that state them. All lengths are pixels of the frame that an operation gets. */

export interface Size {
  readonly width: number
  readonly height: number
}

export interface Box extends Size {
  readonly left: number
  readonly top: number
}

export interface Point {
  readonly x: number
  readonly y: number
}

/** An operation's options as the form holds them. */
export type Values = Readonly<Record<string, string>>

export const clamp = (value: number, min: number, max: number) => Math.min(max, Math.max(min, value))

/** An option's length in pixels; a value between -1 and 1 is a fraction of the side. Undefined when it is not a number. */
export function lengthOf(value: string | undefined, side: number): number | undefined {
  const number = Number(value)
  if (value === undefined || value === '' || !Number.isFinite(number)) return undefined
  return Math.abs(number) < 1 ? number * side : number
}

/** Whether one of the values is a fraction of a side: then the others are written as fractions, too. */
export const hasFraction = (values: readonly (string | undefined)[]) =>
  values.some(value => value && Number(value) !== 0 && Math.abs(Number(value)) < 1)

/** Writes a length in pixels, or as a fraction of the side with four decimals. */
export function writeLength(length: number, side: number, asFraction: boolean): string {
  if (!asFraction) return String(Math.round(length))
  const fraction = Math.round((length / side) * 10_000) / 10_000
  // 1 would be one pixel
  return String(clamp(fraction, -0.9999, 0.9999))
}

/** Width divided by height, of a ratio such as `16:9`. Undefined when it is none. */
export function ratioOf(text: string | undefined): number | undefined {
  const [width, height] = (text ?? '').split(':').map(Number)
  const ratio = Number(width) / Number(height)
  return ratio > 0 && Number.isFinite(ratio) ? ratio : undefined
}

/** The place of a compass gravity: 0 is the left or upper edge, 1 the right or lower one. */
export function placeOf(gravity: string | undefined): Point {
  const name = gravity ?? ''
  return {
    x: name.endsWith('west') ? 0 : name.endsWith('east') ? 1 : 0.5,
    y: name.startsWith('north') ? 0 : name.startsWith('south') ? 1 : 0.5,
  }
}

/** The gravity in whose third of the frame a point lies. */
export function gravityAt({ x, y }: Point, frame: Size): string {
  const row = y < frame.height / 3 ? 'north' : y > (2 * frame.height) / 3 ? 'south' : ''
  const column = x < frame.width / 3 ? 'west' : x > (2 * frame.width) / 3 ? 'east' : ''
  return row + column || 'center'
}

/** Moves a box, within the frame. */
export function moveBox(box: Box, by: Point, frame: Size): Box {
  return {
    ...box,
    left: clamp(box.left + by.x, 0, frame.width - box.width),
    top: clamp(box.top + by.y, 0, frame.height - box.height),
  }
}

/** Moves the edges that a handle names, such as `nw`, within the frame. With a ratio, the box keeps its proportions. */
export function resizeBox(box: Box, handle: string, by: Point, frame: Size, ratio?: number): Box {
  let { left, top } = box
  let [right, bottom] = [left + box.width, top + box.height]
  if (handle.includes('w')) left = clamp(left + by.x, 0, right - 1)
  if (handle.includes('e')) right = clamp(right + by.x, left + 1, frame.width)
  if (handle.includes('n')) top = clamp(top + by.y, 0, bottom - 1)
  if (handle.includes('s')) bottom = clamp(bottom + by.y, top + 1, frame.height)
  if (ratio !== undefined) {
    const roomX = handle.includes('w') ? right : frame.width - left
    const roomY = handle.includes('n') ? bottom : frame.height - top
    const width = Math.max(1, Math.min(right - left, roomX, roomY * ratio))
    const height = width / ratio
    if (handle.includes('w')) left = right - width
    else right = left + width
    if (handle.includes('n')) top = bottom - height
    else bottom = top + height
  }
  return { left, top, width: right - left, height: bottom - top }
}
