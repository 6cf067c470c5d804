import type { Sharp } from 'sharp'
import type { OptionSpec, OptionSpecs, OptionValue } from '../url/option.ts'

/** Width and height in whole pixels. */
export interface Size {
  readonly width: number
  readonly height: number
}

/** The picture as it stands when an operation's turn comes: its size as seen, and whether it can be transparent. */
export interface Frame extends Size {
  readonly alpha: boolean
}

/** A place in a picture, in pixels from its top left corner. */
export interface Point {
  readonly x: number
  readonly y: number
}

/** A rectangle inside a picture, in pixels. */
export interface Region extends Size {
  readonly left: number
  readonly top: number
}

/** What an operation may know of the picture besides its frame; places are in pixels of the present frame. */
export interface ImageContext {
  /** The image's stored focal point, unless it was cut off. */
  readonly focal?: Point
  /** The faces that were found in the image, largest first; absent when nobody has looked for them. */
  readonly faces?: readonly Region[]
  /** The picture is still a drawing without pixels: any size is as sharp as another. */
  readonly vector: boolean
  /** Every stage is drawn on each of several frames, so that none may decide by the pixels of one. */
  readonly animated: boolean
  /** The frames of the other images that the operations name, by id. */
  readonly images: ReadonlyMap<string, Frame>
}

/** A picture, row after row, 8 bits a sample; of two or four channels the last is alpha, by which none is multiplied. */
export interface Pixels extends Size {
  /** Rounds what is put in, and cuts it off at 0 and 255. */
  readonly data: Uint8ClampedArray
  readonly channels: 1 | 2 | 3 | 4
}

/** What a stage may ask of the pass that it is drawn in. */
export interface PassContext {
  /** The output cannot hold transparency: every background is laid over white. */
  readonly opaque: boolean
  /**
   * Opens another image that the operations name: upright, in sRGB, 8 bits a sample, its first frame.
   * @param size at which a drawing without pixels is rendered; any other comes as large as it is
   */
  readonly openImage: (id: string, size: Size) => Promise<Sharp>
  /** Changes pixels in place, for what libvips does not, or not as fast; its stage has the rank `repaint`. */
  readonly editPixels: (pipeline: Sharp, paint: (pixels: Pixels) => Promise<void>) => Promise<Sharp>
}

/** The first and the last place that a stage takes in sharp's own order. */
export type Rank = readonly [number, number]

/**
 * One primitive of the engine. sharp runs a pipeline in an order of its own, whatever the order of the calls;
 * `rank` is the stage's place in that order, so that the planner can see which stages may share a pass.
 */
export interface Stage {
  readonly name: string
  readonly rank: Rank
  /** The picture after this stage. */
  readonly frame: Frame
  /**
   * Whether it leaves only grey; works on colours: a pass then begins with three channels of 8 bits; or decides by what
   * it sees, which those would change.
   */
  readonly colors?: 'removes' | 'adds' | 'reads'
  /** Whether it gives colours others: a white ground of an output without transparency must not be among them. */
  readonly changesColors?: boolean
  /** Estimated CPU milliseconds a frame, on this project's reference machine (two shared cores). */
  readonly costMs: number
  /** What is spent once besides, however many frames there are. */
  readonly fixedCostMs?: number
  /** Where a place of the picture is afterwards; undefined when that cannot be known. Absent: everything stays. */
  readonly mapPoint?: (point: Point) => Point | undefined
  /**
   * What it does to details, when it changes nothing but those: the standard deviation of a blur in pixels, 0 when they
   * become crisper. How bright a place can be on an HDR screen then stays as it is.
   */
  readonly blurSigma?: number
  /**
   * The same on a smaller copy of the whole picture, of this size. Absent where that would look different: where it
   * counts in the picture's own pixels.
   */
  readonly onSmallerCopy?: (copy: Size) => Stage
  /** Its frame is the same whatever the size of the picture that it is given. */
  readonly fixedSize?: true
  /** It cuts something off: on a smaller copy its edges fall between two pixels. */
  readonly crops?: true
  /** Ids of the other images that it paints in. */
  readonly imageIds?: readonly string[]
  /** A word for the response's `Darkroom-Note`, when the stage is not quite what was asked for. */
  readonly note?: string
  /** Adds the stage to a pass: a function of the stage's own arguments only. */
  readonly apply: (pipeline: Sharp, canvas: PassContext) => Sharp | Promise<Sharp>
}

/**
 * A question that only pixels can answer, such as where a border ends; what follows is planned with the answer, which
 * comes back to none but the probe that gave it.
 */
export interface Probe<Found = Region> {
  readonly name: string
  /** Estimated CPU milliseconds. */
  readonly costMs: number
  /** The answer that the plan counts on until the pixels are known: the one with the largest frame. */
  readonly expected: Found
  /** Looks at the picture as it stands, its first frame if it has several. */
  readonly measure: (picture: Sharp) => Promise<Found>
  /** What is done with the answer; a method, so that probes of every kind are of one type. */
  stages(found: Found): readonly Stage[]
}

/** What an operation does, one after the other. */
export type StageOrProbe = Stage | Probe<unknown>

/** How the result is written; what an option leaves open, the format's encoder decides. */
export interface OutputSettings {
  /** `auto` looks for the quality that this picture needs. */
  quality?: number | 'auto'
  /** 0 (fastest) to 9 (smallest); each encoder maps it to its own scale. */
  effort?: number
  lossless?: boolean
  /** WebP: without loss but for pixels that may change a little, 0 (most) to 100 (none). */
  near?: number
  /** At most so many colours, in formats that have a palette. */
  colors?: number
  /** What the result may weigh, in bytes. */
  maxBytes?: number
  progressive?: boolean
  metadata?: 'strip' | 'copyright' | 'keep'
  profile?: 'srgb' | 'p3' | 'keep'
}

/** What is taken of an original that has several pages or frames. */
export interface SourceSettings {
  /** One page or frame, counted from 1. */
  page?: number
  /** All frames of an animation, where the output can hold them. */
  animate?: boolean
}

/** An operation: its grammar as data, and what it does to a picture of a known size. One file of `all/` each. */
export interface Operation {
  readonly name: string
  /** One line for docs, OpenAPI and forms. */
  readonly summary: string
  readonly options: OptionSpecs
  /** As it stands in a URL, e.g. `resize_w-500`. */
  readonly example: string
  /**
   * The stages that do it, in order. Pure: sizes are known before a pixel is read; where they cannot be, a probe
   * stands last. Options are complete and valid.
   * @throws DarkroomError `bad-url` when the options contradict each other or the picture's size
   */
  readonly stages: (options: CompleteOptions, frame: Frame, scene: ImageContext) => readonly StageOrProbe[]
  /** What it says about the output's encoding. */
  readonly output?: (options: CompleteOptions) => OutputSettings
  /** What it says about the pages or frames that are read, wherever it stands. */
  readonly source?: (options: CompleteOptions) => SourceSettings
}

/** Options with their defaults filled in, as the grammar completes them. */
export type CompleteOptions = Readonly<Record<string, OptionValue | undefined>>

/** The type of an option's value, from its specification. */
type ValueOf<S extends OptionSpec> = S extends { kind: 'number' }
  ? number | (S extends { words: readonly (infer W)[] } ? W : never)
  : S extends { kind: 'choice'; values: readonly (infer V)[] }
    ? V
    : S extends { kind: 'flag' }
      ? boolean
      : string

/** An operation's options as its own file sees them: one without a default may be absent. */
export type ValuesOf<O extends OptionSpecs> = {
  readonly [K in keyof O]: ValueOf<O[K]> | (O[K] extends { default: unknown } ? never : undefined)
}

interface OperationDefinition<O extends OptionSpecs> {
  name: string
  summary: string
  options: O
  example: string
  stages: (options: ValuesOf<O>, frame: Frame, scene: ImageContext) => readonly StageOrProbe[]
  output?: (options: ValuesOf<O>) => OutputSettings
  source?: (options: ValuesOf<O>) => SourceSettings
}

/**
 * Declares an operation with its options typed from their specification. The one place where the grammar's word is
 * taken for it: it hands over complete and valid options only.
 */
export function defineOperation<const O extends OptionSpecs>(definition: OperationDefinition<O>): Operation {
  const { output, source } = definition
  return {
    ...definition,
    stages: (options, frame, scene) => definition.stages(options as ValuesOf<O>, frame, scene),
    output: output ? options => output(options as ValuesOf<O>) : () => ({}),
    source: source ? options => source(options as ValuesOf<O>) : () => ({}),
  }
}
