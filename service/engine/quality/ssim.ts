/** One channel of an image: `width × height` samples of 0–255, row by row. */
export interface Plane {
  readonly samples: Uint8Array
  readonly width: number
  readonly height: number
}

/** A window is 2×2 cells of this side. The next window starts one cell further. */
const cell = 4

/** Constants that stabilise the quotient for little luminance or contrast: (0.01 · 255)² and (0.03 · 255)². */
const c1 = 6.5025
const c2 = 58.5225

/**
 * The mean structural similarity (SSIM) of two planes of one size: 1 when they are equal, less the more their structure
 * differs. Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli, "Image quality assessment: from error visibility to
 * structural similarity", IEEE Transactions on Image Processing 13 (4), 2004, equations 13 and 17. As in x264, windows
 * are 8×8 samples of equal weight, 4 apart, so that each sample is read once. Up to 3 rows and columns at the far edges
 * that fill no cell are ignored. A plane smaller than a window is treated as one window.
 */
export function ssim(one: Plane, other: Plane): number {
  const { width, height } = one
  if (width !== other.width || height !== other.height) throw new RangeError('planes of different sizes')
  const columns = Math.floor(width / cell)
  const rows = Math.floor(height / cell)
  if (columns < 2 || rows < 2) return similarity(...sumsOf(one, other, 0, width * height), width * height)
  let above = cellSums(one, other, 0, columns)
  let total = 0
  for (let row = 1; row < rows; row++) {
    const below = cellSums(one, other, row * cell, columns)
    total += rowOfWindows(above, below, columns)
    above = below
  }
  return total / ((rows - 1) * (columns - 1))
}

/** Sums of each plane's samples, of all squares, and of the products. */
type Sums = [one: number, other: number, squares: number, products: number]

/** The sums of a run of adjacent samples. */
function sumsOf({ samples: a }: Plane, { samples: b }: Plane, from: number, length: number): Sums {
  const sums: Sums = [0, 0, 0, 0]
  for (let at = from; at < from + length; at++) {
    const one = a[at] ?? 0
    const other = b[at] ?? 0
    sums[0] += one
    sums[1] += other
    sums[2] += one * one + other * other
    sums[3] += one * other
  }
  return sums
}

/** The four sums of each cell in a row of cells. */
function cellSums({ samples: a, width }: Plane, { samples: b }: Plane, top: number, columns: number) {
  const sums = new Int32Array(columns * 4)
  for (let y = top; y < top + cell; y++) {
    for (let column = 0; column < columns; column++) {
      let [sumA, sumB, squares, products] = [0, 0, 0, 0]
      const from = y * width + column * cell
      for (let at = from; at < from + cell; at++) {
        const one = a[at] ?? 0
        const other = b[at] ?? 0
        sumA += one
        sumB += other
        squares += one * one + other * other
        products += one * other
      }
      const into = column * 4
      sums[into] = (sums[into] ?? 0) + sumA
      sums[into + 1] = (sums[into + 1] ?? 0) + sumB
      sums[into + 2] = (sums[into + 2] ?? 0) + squares
      sums[into + 3] = (sums[into + 3] ?? 0) + products
    }
  }
  return sums
}

function rowOfWindows(above: Int32Array, below: Int32Array, columns: number): number {
  let total = 0
  for (let at = 0; at + 4 < columns * 4; at += 4) {
    const sum = (of: number) =>
      (above[at + of] ?? 0) + (above[at + of + 4] ?? 0) + (below[at + of] ?? 0) + (below[at + of + 4] ?? 0)
    total += similarity(sum(0), sum(1), sum(2), sum(3), 4 * cell * cell)
  }
  return total
}

/** Equation 13 for a window of `count` samples. */
function similarity(one: number, other: number, squares: number, products: number, count: number): number {
  const meanA = one / count
  const meanB = other / count
  const means = meanA * meanB
  const squaredMeans = meanA * meanA + meanB * meanB
  const variances = squares / count - squaredMeans
  const covariance = products / count - means
  return ((2 * means + c1) * (2 * covariance + c2)) / ((squaredMeans + c1) * (variances + c2))
}
