import { type Oklab, toHex, toOklab } from './oklab.ts'
import { fitWithin, type RgbaPixels, resample } from './resample.ts'

/** A colour as `#rrggbb`, and its share of the image. */
export interface Swatch {
  readonly color: string
  readonly share: number
}

/** The longest side of the image that is analysed, in pixels. */
export const maxPaletteSide = 96
const maxColors = 8
const iterations = 12
/** Colours nearer than this in Oklab look alike: about three just noticeable differences. */
const mergeDistance = 0.06
/** Colours with a smaller share of the pixels are dropped. */
const minShare = 0.005

interface Cluster {
  readonly center: Oklab
  readonly count: number
}

/**
 * The main colours of an image, largest share first, by k-means in Oklab. The start is deterministic: the mean colour,
 * then repeatedly the pixel farthest from all centres. Mostly transparent pixels are ignored, an image without visible
 * pixels is black, and colours that look alike are merged.
 * Source: Lloyd, Least squares quantization in PCM, 1982; start: Gonzalez, 1985 (farthest point).
 */
export function extractPalette(pixels: RgbaPixels): [Swatch, ...Swatch[]] {
  const { data } = resample(pixels, fitWithin(pixels, maxPaletteSide))
  const points = visibleColors(data)
  const total = points.length / 3
  if (total === 0) return [{ color: '#000000', share: 1 }]
  const [first = { center: [0, 0, 0] as const, count: 1 }, ...rest] = mergeAlike(findClusters(points))
  const kept = [first, ...rest.filter(({ count }) => count / total >= minShare)]
  const visible = kept.reduce((sum, { count }) => sum + count, 0)
  const swatches = kept.map(({ center, count }) => ({
    color: toHex(center),
    share: roundShare(count / visible),
  }))
  return [swatches[0] ?? { color: '#000000', share: 1 }, ...swatches.slice(1)]
}

const roundShare = (share: number) => Math.round(share * 10_000) / 10_000

/**
 * The colours of the pixels that are at least half as opaque as the most opaque one. Colours are three numbers each in
 * one array, here and below: loops over objects took more than twice the time.
 */
function visibleColors(data: Uint8Array): Float64Array {
  let most = 1
  for (let at = 3; at < data.length; at += 4) most = Math.max(most, data[at] ?? 0)
  const points = new Float64Array((data.length / 4) * 3)
  let end = 0
  for (let at = 0; at + 3 < data.length; at += 4) {
    if (2 * (data[at + 3] ?? 0) < most) continue
    points.set(toOklab(data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0), end)
    end += 3
  }
  return points.subarray(0, end)
}

/** The clusters that k-means ends with, without empty ones. */
function findClusters(points: Float64Array): Cluster[] {
  let centers = initialCenters(points)
  let counts: Uint32Array = new Uint32Array(centers.length / 3)
  for (let round = 0; round <= iterations; round++) {
    const before = centers
    ;[centers, counts] = improve(points, before)
    // no pixel has another centre than before, so the next rounds would change nothing
    if (before.length === centers.length && centers.every((value, index) => value === before[index])) break
  }
  return Array.from(counts, (count, index) => ({ center: colorAt(centers, index * 3), count }))
}

const colorAt = (colors: Float64Array, at: number): Oklab => [
  colors[at] ?? 0,
  colors[at + 1] ?? 0,
  colors[at + 2] ?? 0,
]

const distance = (a: Oklab, b: Oklab) => (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2

/** The squared distance between two colours. */
function distanceBetween(a: Float64Array, at: number, b: Float64Array, bt: number): number {
  const l = (a[at] ?? 0) - (b[bt] ?? 0)
  const x = (a[at + 1] ?? 0) - (b[bt + 1] ?? 0)
  const y = (a[at + 2] ?? 0) - (b[bt + 2] ?? 0)
  return l * l + x * x + y * y
}

/** The mean colour, then repeatedly the pixel that is farthest from all centres. */
function initialCenters(points: Float64Array): Float64Array {
  const [mean] = improve(points, Float64Array.of(0, 0, 0))
  const centers = new Float64Array(maxColors * 3)
  centers.set(mean)
  const nearest = new Float64Array(points.length / 3).fill(Number.POSITIVE_INFINITY)
  for (let latest = 0; latest < maxColors - 1; latest++) {
    let [farthest, best] = [0, 0]
    for (let index = 0; index < nearest.length; index++) {
      const near = Math.min(nearest[index] ?? 0, distanceBetween(points, index * 3, centers, latest * 3))
      nearest[index] = near
      if (near > best) [farthest, best] = [index, near]
    }
    if (best === 0) return centers.subarray(0, (latest + 1) * 3)
    centers.set(points.subarray(farthest * 3, farthest * 3 + 3), (latest + 1) * 3)
  }
  return centers
}

/** The index of the centre that is nearest to a point. Most centres are farther away by their lightness alone. */
function nearestCenter(points: Float64Array, at: number, centers: Float64Array): number {
  const [l, x, y] = [points[at] ?? 0, points[at + 1] ?? 0, points[at + 2] ?? 0]
  let nearest = 0
  let best = Number.POSITIVE_INFINITY
  for (let index = 0; index < centers.length; index += 3) {
    let near = (l - (centers[index] ?? 0)) ** 2
    if (near >= best) continue
    near += (x - (centers[index + 1] ?? 0)) ** 2
    near += (y - (centers[index + 2] ?? 0)) ** 2
    if (near < best) {
      nearest = index
      best = near
    }
  }
  return nearest / 3
}

/**
 * Assigns each pixel to its nearest centre, then moves each centre to the mean of its pixels.
 * @returns the centres that have pixels, and how many each has
 */
function improve(points: Float64Array, centers: Float64Array): [Float64Array, Uint32Array] {
  const sums = new Float64Array(centers.length)
  const counts = new Uint32Array(centers.length / 3)
  for (let at = 0; at < points.length; at += 3) {
    const nearest = nearestCenter(points, at, centers)
    counts[nearest] = (counts[nearest] ?? 0) + 1
    for (let axis = 0; axis < 3; axis++) {
      const sum = nearest * 3 + axis
      sums[sum] = (sums[sum] ?? 0) + (points[at + axis] ?? 0)
    }
  }
  const means = [...counts].flatMap((count, index) =>
    count === 0 ? [] : colorAt(sums, index * 3).map(sum => sum / count),
  )
  return [Float64Array.from(means), counts.filter(count => count > 0)]
}

/** Sorts clusters, largest first, and merges each into a larger one that looks alike. */
function mergeAlike(clusters: readonly Cluster[]): Cluster[] {
  const kept: Cluster[] = []
  for (const cluster of [...clusters].sort((a, b) => b.count - a.count)) {
    const twin = kept.findIndex(({ center }) => distance(center, cluster.center) < mergeDistance ** 2)
    const larger = kept[twin]
    if (larger) kept[twin] = { center: larger.center, count: larger.count + cluster.count }
    else kept.push(cluster)
  }
  return kept.sort((a, b) => b.count - a.count)
}
