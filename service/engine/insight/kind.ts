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
  const counts = new Map<number, number>()
  for (let at = 0; at + 3 < data.length; at += 4) {
    const color = data[at + 3] === 0 ? 0 : data.readUInt32LE(at)
    counts.set(color, (counts.get(color) ?? 0) + 1)
  }
  const common = [...counts.values()].sort((a, b) => b - a).slice(0, commonColors)
  const covered = common.reduce((sum, count) => sum + count, 0)
  return covered >= minShare * width * height ? 'graphic' : 'photo'
}
