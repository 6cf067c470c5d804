import { type Oklab, toHex, toOklab } from './oklab.ts'
import { fitWithin, type RgbaPixels, resizeRgba } from './rgba.ts'

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
export async function extractPalette(pixels: RgbaPixels): Promise<[Swatch, ...Swatch[]]> {
  const { data } = await resizeRgba(pixels, fitWithin(pixels, maxPaletteSide))
  const points = visibleColors(data)
  if (points.length === 0) return [{ color: '#000000', share: 1 }]
  let clusters = assign(points, initialClusters(points))
  for (let round = 0; round < iterations; round++) clusters = assign(points, clusters)
  const [first = { center: [0, 0, 0] as const, count: 1 }, ...rest] = mergeAlike(clusters)
  const kept = [first, ...rest.filter(({ count }) => count / points.length >= minShare)]
  const total = kept.reduce((sum, { count }) => sum + count, 0)
  const swatches = kept.map(({ center, count }) => ({
    color: toHex(center),
    share: roundShare(count / total),
  }))
  return [swatches[0] ?? { color: '#000000', share: 1 }, ...swatches.slice(1)]
}

const roundShare = (share: number) => Math.round(share * 10_000) / 10_000

/** The colours of the pixels that are at least half as opaque as the most opaque one. */
function visibleColors(data: Buffer): Oklab[] {
  let most = 1
  for (let at = 3; at < data.length; at += 4) most = Math.max(most, data[at] ?? 0)
  const points: Oklab[] = []
  for (let at = 0; at + 3 < data.length; at += 4) {
    const [red = 0, green = 0, blue = 0, alpha = 0] = data.subarray(at, at + 4)
    if (2 * alpha >= most) points.push(toOklab(red, green, blue))
  }
  return points
}

const distance = (a: Oklab, b: Oklab) => (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2

/** The mean colour, then repeatedly the pixel that is farthest from all centres. */
function initialClusters(points: readonly Oklab[]): Cluster[] {
  const centers: Oklab[] = [meanOf(points)]
  const nearest = points.map(() => Number.POSITIVE_INFINITY)
  while (centers.length < maxColors) {
    const latest = centers.at(-1) ?? points[0]
    let [farthest, best] = [points[0], 0]
    for (const [index, point] of points.entries()) {
      const near = Math.min(nearest[index] ?? 0, latest ? distance(point, latest) : 0)
      nearest[index] = near
      if (near > best) [farthest, best] = [point, near]
    }
    if (farthest === undefined || best === 0) break
    centers.push(farthest)
  }
  return centers.map(center => ({ center, count: 0 }))
}

function meanOf(points: readonly Oklab[]): Oklab {
  const sum = [0, 0, 0]
  for (const point of points)
    for (const axis of [0, 1, 2] as const) sum[axis] = (sum[axis] ?? 0) + point[axis]
  const [l = 0, a = 0, b = 0] = sum.map(value => value / points.length)
  return [l, a, b]
}

/** Assigns each pixel to its nearest centre, then moves each centre to the mean of its pixels. */
function assign(points: readonly Oklab[], clusters: readonly Cluster[]): Cluster[] {
  const members: Oklab[][] = clusters.map(() => [])
  for (const point of points) {
    let [nearest, best] = [0, Number.POSITIVE_INFINITY]
    for (const [index, { center }] of clusters.entries()) {
      const near = distance(point, center)
      if (near < best) [nearest, best] = [index, near]
    }
    members[nearest]?.push(point)
  }
  return members.filter(own => own.length > 0).map(own => ({ center: meanOf(own), count: own.length }))
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
