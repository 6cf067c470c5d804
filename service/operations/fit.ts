import type { Size } from './shapes.ts'

/**
 * The request of a `resize`: sides in device pixels, already multiplied by the DPR. At least one of them is present.
 */
export interface FitRequest {
  readonly width: number | undefined
  readonly height: number | undefined
  readonly minWidth: number
  readonly minHeight: number
  readonly fit: 'cover' | 'contain' | 'fill' | 'inside' | 'outside'
  readonly enlarge: boolean
}

/** The image is scaled to `scaled`, then cropped or padded to `output`. */
export interface FitResult {
  readonly scaled: Size
  readonly output: Size
}

const toWholePixels = (value: number) => Math.max(1, Math.round(value))

/**
 * Computes the sizes of a resize from the original's size alone. Without `enlarge` no side is ever scaled up: `cover`
 * to a larger frame then returns as much of the image as there is (like imgproxy's `fill` and sharp's
 * `withoutEnlargement`), and only `contain` reaches the requested size, with padding.
 */
export function fitSize(from: Size, request: FitRequest): FitResult {
  const limit = request.enlarge ? Number.POSITIVE_INFINITY : 1
  const target = targetSize(from, request)
  const x = target.width / from.width
  const y = target.height / from.height
  if (request.fit === 'fill') {
    const scaled = {
      width: toWholePixels(from.width * Math.min(x, limit)),
      height: toWholePixels(from.height * Math.min(y, limit)),
    }
    return { scaled, output: scaled }
  }
  const covers = request.fit === 'cover' || request.fit === 'outside'
  const factor = Math.min(covers ? Math.max(x, y) : Math.min(x, y), limit)
  const scaled = { width: toWholePixels(from.width * factor), height: toWholePixels(from.height * factor) }
  const requested = { width: toWholePixels(target.width), height: toWholePixels(target.height) }
  if (request.fit === 'contain') return { scaled, output: requested }
  if (request.fit !== 'cover') {
    const output = enlargeToMinimum(from, scaled, request, limit)
    return { scaled: output, output }
  }
  return {
    scaled,
    output: {
      width: Math.min(requested.width, scaled.width),
      height: Math.min(requested.height, scaled.height),
    },
  }
}

/** The requested frame, not rounded. A side that is not requested follows the image's aspect ratio. */
function targetSize(from: Size, request: FitRequest): Size {
  const ratio = from.width / from.height
  const { width, height } = request
  if (width !== undefined && height !== undefined) return withMinimum(width, height, request)
  if (width !== undefined) return withMinimum(width, width / ratio, request)
  if (height !== undefined) return withMinimum(height * ratio, height, request)
  return withMinimum(from.width, from.height, request)
}

/** Raises a cropped, padded or distorted frame to the minimum. The proportional fits are scaled up to it instead. */
function withMinimum(width: number, height: number, request: FitRequest): Size {
  const proportional = request.fit === 'inside' || request.fit === 'outside'
  return {
    width: proportional ? width : Math.max(width, request.minWidth),
    height: proportional ? height : Math.max(height, request.minHeight),
  }
}

/** Scales a proportional result up until both minimum sides are reached, as far as enlargement is allowed. */
function enlargeToMinimum(from: Size, scaled: Size, request: FitRequest, limit: number): Size {
  if (scaled.width >= request.minWidth && scaled.height >= request.minHeight) return scaled
  const factor = Math.min(Math.max(request.minWidth / from.width, request.minHeight / from.height), limit)
  if (factor * from.width <= scaled.width) return scaled
  return { width: toWholePixels(from.width * factor), height: toWholePixels(from.height * factor) }
}
