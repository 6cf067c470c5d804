import type { Region } from '../../../operations/shapes.ts'
import type { Layers, Tensor } from './layers.ts'
import type { DetectorWeights } from './weights.ts'

/** Longest side of the input image: the network reads a square of this side. */
export const detectionSide = 416

/** RGB, 8 bits per sample, row by row. Fits into the square. */
export interface DetectorInput {
  readonly data: Uint8Array
  readonly width: number
  readonly height: number
}

/** Constants of the training: the mean colour, and the anchor boxes (usual face sizes) in cells. */
const mean = [117.001, 114.697, 97.404]
const anchors = [
  [1.603231, 2.094468],
  [6.041143, 7.080126],
  [2.882459, 3.518061],
  [4.266906, 5.178857],
  [9.041765, 10.66308],
] as const
/** Values per anchor: centre x and y, width, height, confidence. */
const values = 5
/** Least confidence of a face. At 0.5 a leaf was detected as one. */
const minScore = 0.55
/** Of two boxes whose intersection over union exceeds this, the less confident one is dropped as a duplicate. */
const maxOverlap = 0.4
/** Maximum number of faces that are returned. A crop cannot keep more faces than this in view anyway. */
const maxFaces = 32

interface Found extends Region {
  readonly score: number
}

/**
 * Detects faces, as fractions of the image's width and height, largest first. This is face-api's tiny face detector, a
 * YOLO v2 (Redmon and Farhadi, YOLO9000, 2016) with depthwise separable convolutions and 190,000 weights of one byte
 * each.
 * @param layers cleared before use
 */
export function detectFaces(image: DetectorInput, weights: DetectorWeights, layers: Layers): Region[] {
  layers.clear()
  let tensor = layers.convolve(inputOf(image, layers), weights.first)
  for (const { depth, across } of weights.separable) {
    tensor = layers.convolveSeparably(layers.maxPool(tensor, 2), depth, across)
  }
  const output = layers.convolvePointwise(layers.maxPool(tensor, 1), weights.last)
  const found: Found[] = []
  for (const box of boxesOf(output).sort((a, b) => b.score - a.score)) {
    if (found.length < maxFaces && found.every(one => overlap(one, box) <= maxOverlap)) found.push(box)
  }
  return found
    .map(box => fractionOf(box, image))
    .filter(({ width, height }) => width > 0 && height > 0)
    .sort((a, b) => b.width * b.height - a.width * a.height)
}

/** The image in the upper left corner of the square and black elsewhere, as in the network's training. */
function inputOf({ data, width, height }: DetectorInput, layers: Layers): Tensor {
  const channels = mean.length
  const input = layers.allocate(detectionSide * detectionSide * channels)
  let at = 0
  for (let y = 0; y < detectionSide; y++) {
    for (let x = 0; x < detectionSide; x++) {
      const inside = x < width && y < height
      for (let channel = 0; channel < channels; channel++) {
        const value = inside ? (data[(y * width + x) * channels + channel] ?? 0) : 0
        input[at++] = (value - (mean[channel] ?? 0)) / 255
      }
    }
  }
  return { data: input, side: detectionSide, channels }
}

const sigmoid = (value: number) => 1 / (1 + Math.exp(-value))

/** Boxes above the confidence threshold, in pixels of the square. */
function boxesOf({ data, side, channels }: Tensor): Found[] {
  const cellSide = detectionSide / side
  const boxes: Found[] = []
  for (let cell = 0; cell < side * side; cell++) {
    for (const [index, [anchorWidth, anchorHeight]] of anchors.entries()) {
      const at = cell * channels + index * values
      const [x = 0, y = 0, logWidth = 0, logHeight = 0, confidence = 0] = data.subarray(at, at + values)
      const score = sigmoid(confidence)
      if (score < minScore) continue
      const [width, height] = [
        Math.exp(logWidth) * anchorWidth * cellSide,
        Math.exp(logHeight) * anchorHeight * cellSide,
      ]
      const left = ((cell % side) + sigmoid(x)) * cellSide - width / 2
      const top = (Math.floor(cell / side) + sigmoid(y)) * cellSide - height / 2
      boxes.push({ left, top, width, height, score })
    }
  }
  return boxes
}

/** Intersection over union of two boxes. */
function overlap(a: Region, b: Region): number {
  const width = Math.min(a.left + a.width, b.left + b.width) - Math.max(a.left, b.left)
  const height = Math.min(a.top + a.height, b.top + b.height) - Math.max(a.top, b.top)
  const shared = Math.max(0, width) * Math.max(0, height)
  return shared / (a.width * a.height + b.width * b.height - shared)
}

/** The part of a box inside the image, as fractions rounded to four decimals. */
function fractionOf({ left, top, width, height }: Region, image: DetectorInput): Region {
  const inside = (value: number, size: number) =>
    Math.round(Math.min(1, Math.max(0, value / size)) * 10_000) / 10_000
  const [x, y] = [inside(left, image.width), inside(top, image.height)]
  const [right, bottom] = [inside(left + width, image.width), inside(top + height, image.height)]
  return { left: x, top: y, width: inside(right - x, 1), height: inside(bottom - y, 1) }
}
