import type { RgbaPixels } from '../../operations/analysis/rgba.ts'

/** A graphic has few colours in flat areas: this many colours cover at least this share of it. */
const commonColors = 16
const minShare = 0.6

/**
 * Whether an image is a photograph or a graphic (a logo, a chart, a screenshot), which lossless formats keep small and
 * sharp. Measured on 41 backgrounds: the 16 commonest colours cover less than 0.51 of every photograph and soft
 * gradient, and 0.64 or more of screenshots and drawings. All transparent pixels count as one colour.
 */
export function classifyKind({ data, width, height }: RgbaPixels): 'photo' | 'graphic' {
  // sorted numbers bring equal ones together: counting 170,000 colours in a map takes several times as long
  const colors = new Uint32Array(width * height)
  for (let index = 0; index < colors.length; index++) {
    const at = index * 4
    colors[index] = data[at + 3] === 0 ? 0 : data.readUInt32LE(at)
  }
  const counts = runLengths(colors.sort())
  const covered = counts
    .sort()
    .subarray(-commonColors)
    .reduce((sum, count) => sum + count, 0)
  return covered >= minShare * width * height ? 'graphic' : 'photo'
}

/** The length of each run of equal numbers. */
function runLengths(numbers: Uint32Array): Uint32Array {
  const lengths = new Uint32Array(numbers.length)
  let runs = 0
  for (let index = 0; index < numbers.length; index++) {
    if (index > 0 && numbers[index] !== numbers[index - 1]) runs++
    lengths[runs] = (lengths[runs] ?? 0) + 1
  }
  return lengths.subarray(0, runs + 1)
}
