import { setImmediate } from 'node:timers/promises'
import type { Size } from '../shapes.ts'

/** Pixels that are processed before yielding to the event loop, so that a large image does not block the process. */
const pixelsPerTick = 250_000

/** Calls `work` for every `step`-th row of an image from the top, and yields to the event loop in between. */
export async function eachRow(size: Size, work: (row: number) => void, step = 1): Promise<void> {
  let pixels = 0
  for (let row = 0; row < size.height; row += step) {
    work(row)
    pixels += step * size.width
    if (pixels < pixelsPerTick) continue
    await setImmediate()
    pixels = 0
  }
}
