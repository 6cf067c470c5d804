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

/** What a stage may ask of the pass that it is drawn in. */
export interface Canvas {
  /** The output cannot hold transparency: every background is laid over white. */
  readonly opaque: boolean
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
  /** Whether it leaves only grey, or may bring colour into a grey picture, which needs three channels again. */
  readonly colors?: 'drops' | 'adds'
  /** Estimated CPU milliseconds, on this project's reference machine (two shared cores). */
  readonly costMs: number
  /** Adds the stage to a pass: a function of the stage's own arguments only. */
  readonly draw: (pipeline: Sharp, canvas: Canvas) => Sharp
}

/** How the result is written; what an option leaves open, the format's encoder decides. */
export interface OutputSettings {
  quality?: number
  /** 0 (fastest) to 9 (smallest); each encoder maps it to its own scale. */
  effort?: number
  lossless?: boolean
  progressive?: boolean
  metadata?: 'strip' | 'copyright' | 'keep'
  profile?: 'srgb' | 'p3' | 'keep'
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
   * The stages that do it, in order. Pure: sizes are known before a pixel is read. Options are complete and valid.
   * @throws DarkroomError `bad-url` when the options contradict each other or the picture's size
   */
  readonly stages: (options: CompleteOptions, frame: Frame) => readonly Stage[]
  /** What it says about the output's encoding. */
  readonly output?: (options: CompleteOptions) => OutputSettings
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

interface Definition<O extends OptionSpecs> {
  name: string
  summary: string
  options: O
  example: string
  stages: (options: ValuesOf<O>, frame: Frame) => readonly Stage[]
  output?: (options: ValuesOf<O>) => OutputSettings
}

/**
 * Declares an operation with its options typed from their specification. The one place where the grammar's word is
 * taken for it: it hands over complete and valid options only.
 */
export function defineOperation<const O extends OptionSpecs>(definition: Definition<O>): Operation {
  const { output } = definition
  return {
    ...definition,
    stages: (options, frame) => definition.stages(options as ValuesOf<O>, frame),
    output: output ? options => output(options as ValuesOf<O>) : () => ({}),
  }
}
