import type { Region } from '../../../operations/shapes.ts'
import { convolve, convolvePointwise, convolveSeparably, maxPool, type Tensor } from './layers.ts'
import type { DetectorWeights } from './weights.ts'

/** The longest side of the picture that is looked at: the network reads a square of it. */
export const detectionSide = 416

/** Red, green and blue, 8 bits each, row by row, within the square. */
export interface DetectorInput {
  readonly data: Uint8Array
  readonly width: number
  readonly height: number
}

/** What the network was trained with: the mean colour, and the usual sizes of faces in cells. */
const mean = [117.001, 114.697, 97.404]
const anchors = [
  [1.603231, 2.094468],
  [6.041143, 7.080126],
  [2.882459, 3.518061],
  [4.266906, 5.178857],
  [9.041765, 10.66308],
] as const
/** Values an anchor: centre across and down, width, height, certainty. */
const values = 5
/** Certainty from which a box counts: at 0.5 a leaf was a face. */
const leastScore = 0.55
/** Of two boxes that share more of their union than this, the less certain is the same face again. */
const sameFace = 0.4
/** Beyond a crowd of so many no crop can follow faces. */
const mostFaces = 32

interface Found extends Region {
  readonly score: number
}

/**
 * The faces of a picture as fractions of its width and height, largest first: the tiny face detector of face-api, a
 * YOLO v2 (Redmon and Farhadi, YOLO9000, 2016) with depthwise separable convolutions, its 190,000 weights one byte each.
 */
export function detectFaces(picture: DetectorInput, weights: DetectorWeights): Region[] {
  let volume = convolve(inputOf(picture), weights.first)
  for (const { depth, across } of weights.separable) {
    volume = convolveSeparably(maxPool(volume, 2), depth, across)
  }
  const found: Found[] = []
  for (const box of boxesOf(convolvePointwise(maxPool(volume, 1), weights.last)).sort(
    (a, b) => b.score - a.score,
  )) {
    if (found.length < mostFaces && found.every(one => overlap(one, box) <= sameFace)) found.push(box)
  }
  return found
    .map(box => fractionOf(box, picture))
    .filter(({ width, height }) => width > 0 && height > 0)
    .sort((a, b) => b.width * b.height - a.width * a.height)
}

/** The picture in the square's upper left corner, the rest black, as the network knows it from its training. */
function inputOf({ data, width, height }: DetectorInput): Tensor {
  const channels = mean.length
  const input = new Float32Array(detectionSide * detectionSide * channels)
  for (let y = 0; y < detectionSide; y++) {
    for (let x = 0; x < detectionSide; x++) {
      for (const [channel, average] of mean.entries()) {
        const value = x < width && y < height ? (data[(y * width + x) * channels + channel] ?? 0) : 0
        input[(y * detectionSide + x) * channels + channel] = (value - average) / 255
      }
    }
  }
  return { data: input, side: detectionSide, channels }
}

const sigmoid = (value: number) => 1 / (1 + Math.exp(-value))

/** The boxes that count, in pixels of the square. */
function boxesOf({ data, side, channels }: Tensor): Found[] {
  const cell = detectionSide / side
  const boxes: Found[] = []
  for (let place = 0; place < side * side; place++) {
    for (const [index, [usualWidth, usualHeight]] of anchors.entries()) {
      const at = place * channels + index * values
      const [x = 0, y = 0, wide = 0, high = 0, certain = 0] = data.subarray(at, at + values)
      const score = sigmoid(certain)
      if (score < leastScore) continue
      const [width, height] = [Math.exp(wide) * usualWidth * cell, Math.exp(high) * usualHeight * cell]
      const left = ((place % side) + sigmoid(x)) * cell - width / 2
      const top = (Math.floor(place / side) + sigmoid(y)) * cell - height / 2
      boxes.push({ left, top, width, height, score })
    }
  }
  return boxes
}

/** What two boxes share, as part of what they cover together. */
function overlap(a: Region, b: Region): number {
  const width = Math.min(a.left + a.width, b.left + b.width) - Math.max(a.left, b.left)
  const height = Math.min(a.top + a.height, b.top + b.height) - Math.max(a.top, b.top)
  const shared = Math.max(0, width) * Math.max(0, height)
  return shared / (a.width * a.height + b.width * b.height - shared)
}

/** The part of a box inside the picture, as fractions with four decimals. */
function fractionOf({ left, top, width, height }: Region, picture: DetectorInput): Region {
  const inside = (value: number, size: number) =>
    Math.round(Math.min(1, Math.max(0, value / size)) * 10_000) / 10_000
  const [x, y] = [inside(left, picture.width), inside(top, picture.height)]
  const [right, bottom] = [inside(left + width, picture.width), inside(top + height, picture.height)]
  return { left: x, top: y, width: inside(right - x, 1), height: inside(bottom - y, 1) }
}
