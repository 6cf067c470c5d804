import type { Sharp } from 'sharp'
import type { Frame, Point, Region, Size } from './shapes.ts'

/**
 * Facts about the image that an operation may use, in addition to its frame. The focal point and the
 * faces are in pixels of the image as it is before the operation.
 */
export interface ImageContext {
  /** The image's stored focal point, unless an earlier stage cut it off. */
  readonly focal?: Point
  /** The faces detected in the image, largest first; absent when detection has not run. */
  readonly faces?: readonly Region[]
  /** The image is still a vector drawing: it can be rendered sharply at any size. */
  readonly vector: boolean
  /** Every stage runs once per animation frame, so no stage may decide by the pixels of one frame. */
  readonly animated: boolean
  /** The frames of the other images that the operations name, by image id. */
  readonly images: ReadonlyMap<string, Frame>
}

/**
 * Raw pixels, row by row, 8 bits a sample. With two or four channels the last is straight (not premultiplied) alpha.
 */
export interface Pixels extends Size {
  /** Rounds the values that are written, and clamps them to 0–255. */
  readonly data: Uint8ClampedArray
  readonly channels: 1 | 2 | 3 | 4
}

/** The services of the engine for a stage that runs in a pass. */
export interface PassContext {
  /** The output cannot hold transparency: every background is blended over white. */
  readonly opaque: boolean
  /**
   * Opens another image that the operations name: upright, in sRGB, 8 bits a sample, first frame only.
   * @param size at which a vector drawing is rendered; any other image is returned at its own size
   */
  readonly openImage: (id: string, size: Size) => Promise<Sharp>
  /** Lets a stage change pixels in place, where libvips cannot or is slower. Such a stage has the rank `editPixels`. */
  readonly editPixels: (pipeline: Sharp, edit: (pixels: Pixels) => Promise<void>) => Promise<Sharp>
}

/** The first and the last position that a stage takes in sharp's own order. */
export type Rank = readonly [number, number]

/**
 * One primitive of the engine. sharp runs a pipeline in a fixed order of its own, whatever the order of the calls.
 * `rank` is the stage's position in that order, by which the planner decides which stages may share a pass.
 */
export interface Stage {
  readonly name: string
  readonly rank: Rank
  /** The image after this stage. */
  readonly frame: Frame
  /**
   * `removes`: leaves only grey. `adds`: may add colours to a grey image, or needs 8 bits, so its pass begins
   * with three channels of 8 bits.
   * `reads`: its result depends on pixel values, which a conversion to three channels of 8 bits would change.
   */
  readonly colors?: 'removes' | 'adds' | 'reads'
  /** Whether it changes existing colours: it must run before an opaque output is blended over white. */
  readonly changesColors?: boolean
  /** Estimated CPU milliseconds per frame, on the reference machine (two shared cores). */
  readonly costMs: number
  /** Estimated CPU milliseconds spent once, however many frames there are. */
  readonly fixedCostMs?: number
  /** Where a point of the image is afterwards; undefined when that cannot be known. Absent when no point moves. */
  readonly mapPoint?: (point: Point) => Point | undefined
  /**
   * Set when the stage blurs and does nothing else: the standard deviation in pixels. An HDR gain map stays valid, but
   * must be blurred too.
   */
  readonly blurSigma?: number
  /** It sharpens and does nothing else. An HDR gain map stays valid, and a palette can be kept. */
  readonly sharpens?: true
  /**
   * The same stage on a smaller copy of the whole image, of this size. Absent where the result would look different,
   * for example when an option is given in pixels of the full-size image.
   */
  readonly onSmallerCopy?: (copy: Size) => Stage
  /** Its output size does not depend on the size of its input. */
  readonly fixedSize?: true
  /** It cuts something off. On a smaller copy, the edges of the part that is left can fall between two pixels. */
  readonly crops?: true
  /** Ids of the other images that it draws. */
  readonly imageIds?: readonly string[]
  /** A word for the response's `Darkroom-Note`, when the result is not quite what the URL asks for. */
  readonly note?: string
  /** Adds the stage to a pipeline. It uses only the context and the arguments that the stage was created with. */
  readonly apply: (pipeline: Sharp, context: PassContext) => Sharp | Promise<Sharp>
}

/**
 * A measurement that needs pixels, such as where a border ends. The rest of the plan depends on its result, and each
 * result is passed back only to the probe that returned it.
 */
export interface Probe<Result = Region> {
  readonly name: string
  /** Estimated CPU milliseconds. */
  readonly costMs: number
  /** The result that the plan assumes until the pixels are measured: the one with the largest frame. */
  readonly expected: Result
  /** Measures the image at this point of the pipeline; of an animation, its first frame. */
  readonly measure: (image: Sharp) => Promise<Result>
  /**
   * The stages that follow from the result. Declared as a method, so that probes with different result types are
   * assignable to one type.
   */
  stages(result: Result): readonly Stage[]
}

/** One part of what an operation does. */
export type StageOrProbe = Stage | Probe<unknown>
