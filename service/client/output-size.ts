import type { FrameChange } from './frame.ts'
import type {
  CropOptions,
  ExtendOptions,
  OperationStep,
  PadOptions,
  ResizeOptions,
} from './operations.generated.ts'

/** Width and height in pixels, after the EXIF orientation is applied, as an image of the API has them. */
export interface Size {
  readonly width: number
  readonly height: number
}

/** An original: its size and, if it is known, its format, because an SVG has no largest size. */
export interface Original extends Size {
  readonly format?: string | undefined
}

/** The sides of an image as far as they are known. */
export type KnownSize = Partial<Size>

/**
 * Computes the size of a result, as the service plans it. A side is absent if it depends on the size of an original
 * that is not given, on pixels (`trim`), or on the service (`preset`, `page`, client hints).
 */
export function outputSize(operations: readonly OperationStep[], original?: Original): KnownSize {
  const { width, height } = original ?? {}
  const start = width !== undefined && height !== undefined ? { width, height } : {}
  return operations.reduce((size, step) => sizeAfter(size, step, original), start)
}

/** Whether a resize may make a result larger than the original. */
export function enlarges({ enlarge }: ResizeOptions, original: Original | undefined): boolean {
  return enlarge === true || original?.format === 'svg'
}

function sizeAfter(size: KnownSize, step: OperationStep, original: Original | undefined): KnownSize {
  switch (step.op) {
    case 'resize':
      return resized(size, step, enlarges(step, original))
    case 'crop':
      return cropped(size, step)
    case 'pad':
      return padded(size, step)
    case 'border':
      return padded(size, { all: step.w ?? 0 })
    case 'extend':
      return extended(size, step)
    case 'rotate':
      return turned(size, step.a ?? 0)
    case 'trim':
    case 'preset':
    case 'page':
    case 'placeholder':
      return {}
    default:
      return size
  }
}

/** The fit of a resize; the default depends on the sides that are given. */
function fitOf({ w, h, fit }: FrameChange): NonNullable<ResizeOptions['fit']> {
  return fit ?? (w !== undefined && h !== undefined ? 'cover' : 'inside')
}

/** The frame that a resize asks for, of which a missing side follows the image's ratio, and its ratios to the image. */
function targetOf(resize: FrameChange, { width, height }: Size) {
  const { w, h } = inDevicePixels(resize)
  if (isHinted(resize) || (w === undefined && h === undefined)) return undefined
  // in the service's order, so that both round alike
  const ratio = width / height
  const target = { width: w ?? (h ?? 0) * ratio, height: h ?? (w ?? 0) / ratio }
  const x = target.width / width
  const y = target.height / height
  const fit = fitOf(resize)
  return { ...target, x, y, scale: fit === 'inside' || fit === 'contain' ? Math.min(x, y) : Math.max(x, y) }
}

/**
 * The factor by which a resize scales an image of a known size; above 1 it would enlarge it. Undefined when the size is
 * not known, or if a hint of the browser decides.
 */
export function scaleOf(resize: FrameChange, { width, height }: KnownSize): number | undefined {
  return width === undefined || height === undefined ? undefined : targetOf(resize, { width, height })?.scale
}

const isHinted = ({ w, dpr }: FrameChange) => w === 'auto' || dpr === 'auto'
const whole = (side: number) => Math.max(1, Math.round(side))

function inDevicePixels({ w, h, dpr }: FrameChange): { w: number | undefined; h: number | undefined } {
  const ratio = typeof dpr === 'number' ? dpr : 1
  const side = (value: number | 'auto' | undefined) => (typeof value === 'number' ? value * ratio : undefined)
  return { w: side(w), h: side(h) }
}

function resized({ width, height }: KnownSize, resize: ResizeOptions, enlarge: boolean): KnownSize {
  if (isHinted(resize) || resize.minw !== undefined || resize.minh !== undefined) return {}
  if (width === undefined || height === undefined) return resizedUnknown(resize)
  const target = targetOf(resize, { width, height })
  if (target === undefined) return {}
  const limit = enlarge ? Number.POSITIVE_INFINITY : 1
  const scaled = (x: number, y: number) => ({
    width: whole(width * Math.min(x, limit)),
    height: whole(height * Math.min(y, limit)),
  })
  const fit = fitOf(resize)
  if (fit === 'fill') return scaled(target.x, target.y)
  const frame = { width: whole(target.width), height: whole(target.height) }
  if (fit === 'contain') return frame
  const size = scaled(target.scale, target.scale)
  if (fit !== 'cover') return size
  return { width: Math.min(frame.width, size.width), height: Math.min(frame.height, size.height) }
}

/** Without the image's size, a frame of two sides is the result only if the fit fills it. */
function resizedUnknown(resize: ResizeOptions): KnownSize {
  const { w, h } = inDevicePixels(resize)
  const fit = fitOf(resize)
  if (w !== undefined && h !== undefined && (fit === 'inside' || fit === 'outside')) return {}
  return { ...(w !== undefined && { width: whole(w) }), ...(h !== undefined && { height: whole(h) }) }
}

function cropped(size: KnownSize, { x, y, w, h, ar }: CropOptions): KnownSize {
  const { width, height } = size
  if (width === undefined || height === undefined) {
    const isPlain = ar === undefined && w !== undefined && h !== undefined && w >= 1 && h >= 1
    return isPlain && x === undefined && y === undefined ? { width: w, height: h } : {}
  }
  const room = { width: width - pixels(x ?? 0, width), height: height - pixels(y ?? 0, height) }
  const wide = w && Math.max(1, pixels(w, width))
  const high = h && Math.max(1, pixels(h, height))
  const ratio = ar && ratioOf(ar)
  if (!ratio)
    return {
      width: Math.min(wide ?? room.width, room.width),
      height: Math.min(high ?? room.height, room.height),
    }
  const asked = wide ?? (high ? high * ratio : Math.min(room.width, room.height * ratio))
  const shrink = Math.min(1, room.width / asked, (room.height * ratio) / asked)
  return { width: whole(asked * shrink), height: whole((asked * shrink) / ratio) }
}

function padded({ width, height }: KnownSize, { t, r, b, l, all = 0 }: PadOptions): KnownSize {
  return {
    ...(width !== undefined && { width: width + (l ?? all) + (r ?? all) }),
    ...(height !== undefined && { height: height + (t ?? all) + (b ?? all) }),
  }
}

function extended({ width, height }: KnownSize, { w = 1, h = 1, ar }: ExtendOptions): KnownSize {
  if (ar === undefined) {
    return {
      ...(width !== undefined && { width: Math.max(width, w) }),
      ...(height !== undefined && { height: Math.max(height, h) }),
    }
  }
  if (width === undefined || height === undefined) return {}
  const ratio = ratioOf(ar)
  return {
    width: Math.max(width, Math.round(height * ratio)),
    height: Math.max(height, Math.round(width / ratio)),
  }
}

function turned({ width, height }: KnownSize, angle: number): KnownSize {
  if (angle % 90 !== 0) return {}
  if (angle % 180 === 0) return { ...(width && { width }), ...(height && { height }) }
  return { ...(height && { width: height }), ...(width && { height: width }) }
}

/** A length below 1 is a fraction of the side. */
const pixels = (length: number, side: number) => (Math.abs(length) < 1 ? Math.round(length * side) : length)

function ratioOf(text: string): number {
  const [width = 1, height = 1] = text.split(':').map(Number)
  return width / height
}
