import { setImmediate } from 'node:timers/promises'
import type { Size } from '../shapes.ts'

/** Pixels that are worked on before others have their turn: no picture may hold up the process. */
const pixelsAtOnce = 250_000

/** Does something for every so many rows of a picture, from its top. */
export async function eachRow(size: Size, work: (row: number) => void, step = 1): Promise<void> {
  let pixels = 0
  for (let row = 0; row < size.height; row += step) {
    work(row)
    pixels += step * size.width
    if (pixels < pixelsAtOnce) continue
    await setImmediate()
    pixels = 0
  }
}
