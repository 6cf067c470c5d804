import type { Size } from './shapes.ts'

/** What `resize` asks for, DPR multiplied in; sides in pixels, at least one of them present. */
export interface FitRequest {
  readonly width: number | undefined
  readonly height: number | undefined
  readonly minWidth: number
  readonly minHeight: number
  readonly fit: 'cover' | 'contain' | 'fill' | 'inside' | 'outside'
  readonly enlarge: boolean
}

/** The picture scaled to `scaled`, then cropped or extended to `output`. */
export interface FitResult {
  readonly scaled: Size
  readonly output: Size
}

const whole = (value: number) => Math.max(1, Math.round(value))

/**
 * Sizes of a resize, from the original's size alone. Without `enlarge` no side is ever scaled up: a crop to a
 * larger frame then gives what there is (as imgproxy's `fill` and sharp's `withoutEnlargement`), and only
 * `contain` reaches the asked size, by its background.
 */
export function fitSize(from: Size, request: FitRequest): FitResult {
  const limit = request.enlarge ? Number.POSITIVE_INFINITY : 1
  const target = targetSize(from, request)
  const x = target.width / from.width
  const y = target.height / from.height
  if (request.fit === 'fill') {
    const scaled = {
      width: whole(from.width * Math.min(x, limit)),
      height: whole(from.height * Math.min(y, limit)),
    }
    return { scaled, output: scaled }
  }
  const covers = request.fit === 'cover' || request.fit === 'outside'
  const factor = Math.min(covers ? Math.max(x, y) : Math.min(x, y), limit)
  const scaled = { width: whole(from.width * factor), height: whole(from.height * factor) }
  const asked = { width: whole(target.width), height: whole(target.height) }
  if (request.fit === 'contain') return { scaled, output: asked }
  if (request.fit !== 'cover') {
    const output = atLeast(from, scaled, request, limit)
    return { scaled: output, output }
  }
  return {
    scaled,
    output: { width: Math.min(asked.width, scaled.width), height: Math.min(asked.height, scaled.height) },
  }
}

/** The asked frame, not rounded: a side that was left open follows the picture's aspect ratio and binds nothing. */
function targetSize(from: Size, request: FitRequest): Size {
  const ratio = from.width / from.height
  const { width, height } = request
  if (width !== undefined && height !== undefined) return framed(width, height, request)
  if (width !== undefined) return framed(width, width / ratio, request)
  if (height !== undefined) return framed(height * ratio, height, request)
  return framed(from.width, from.height, request)
}

/** Cropped and padded frames honour the minimum themselves; the proportional fits do so by their scale. */
function framed(width: number, height: number, request: FitRequest): Size {
  const proportional = request.fit === 'inside' || request.fit === 'outside'
  return {
    width: proportional ? width : Math.max(width, request.minWidth),
    height: proportional ? height : Math.max(height, request.minHeight),
  }
}

/** Scales a proportional result up until both minimum sides hold, as far as enlargement is allowed. */
function atLeast(from: Size, scaled: Size, request: FitRequest, limit: number): Size {
  if (scaled.width >= request.minWidth && scaled.height >= request.minHeight) return scaled
  const factor = Math.min(Math.max(request.minWidth / from.width, request.minHeight / from.height), limit)
  if (factor * from.width <= scaled.width) return scaled
  return { width: whole(from.width * factor), height: whole(from.height * factor) }
}
