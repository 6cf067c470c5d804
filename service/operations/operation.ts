/**
 * The contract of an operation, such as `resize` or `blur`. Each file of `all/` exports one as its default, named like
 * the file. The registry finds it there, and everything else is derived from it: the URL grammar, the API's
 * validation, OpenAPI, the client's types, the dashboard's forms and docs/operations.md (`npm run generate`).
 */
import type { OptionSpec, OptionSpecs, OptionValue } from '../url/option.ts'
import type { OptionRules } from './rules.ts'
import type { OutputSettings, SourceSettings } from './settings.ts'
import type { Frame } from './shapes.ts'
import type { ImageContext, StageOrProbe } from './stage.ts'

/** The groups in which docs and forms list the operations, in this order. */
export const operationGroups = [
  'Size',
  'Crop and shape',
  'Colour',
  'Effects',
  'Overlay and text',
  'Output',
  'Presets',
] as const

/** An operation: its grammar as data, and the stages that carry it out. */
export interface Operation {
  readonly name: string
  /** The name in words, such as `Round corners`, for docs and forms. */
  readonly label: string
  readonly group: (typeof operationGroups)[number]
  /** One line for the docs, OpenAPI and forms. */
  readonly summary: string
  /** In the order in which the canonical URL prints them. */
  readonly options: OptionSpecs
  /** The rules between its options that do not depend on the image; absent when there are none. */
  readonly rules?: readonly OptionRules[]
  /** As it stands in a URL, such as `resize_w-500`. */
  readonly example: string
  /**
   * The stages that carry it out on an image of a known frame, in order; none when there is nothing to do. A pure
   * function, so that sizes are known before a pixel is read. The exception is a size that depends on pixels: then the
   * last element is a probe, which measures them.
   * @param options complete and valid, as the grammar returns them
   * @throws DarkroomError `bad-url` when the options contradict each other or do not fit the image's size
   */
  readonly stages: (options: CompleteOptions, frame: Frame, context: ImageContext) => readonly StageOrProbe[]
  /** Its settings for the output's encoding. */
  readonly output?: (options: CompleteOptions) => OutputSettings
  /** Its settings for the pages or frames to read. They apply wherever the operation stands in the URL. */
  readonly source?: (options: CompleteOptions) => SourceSettings
}

/** An operation's options with their defaults filled in. */
export type CompleteOptions = Readonly<Record<string, OptionValue | undefined>>

/** An operation as its own file declares it: `stages`, `output` and `source` get options of the declared types. */
interface OperationDefinition<O extends OptionSpecs> {
  name: string
  label: string
  group: (typeof operationGroups)[number]
  summary: string
  options: O
  rules?: readonly OptionRules[]
  example: string
  stages: (options: ValuesOf<O>, frame: Frame, context: ImageContext) => readonly StageOrProbe[]
  output?: (options: ValuesOf<O>) => OutputSettings
  source?: (options: ValuesOf<O>) => SourceSettings
}

/** The values of options, typed by their specs. An option without a default may be undefined. */
export type ValuesOf<O extends OptionSpecs> = {
  readonly [K in keyof O]: ValueOf<O[K]> | (O[K] extends { default: unknown } ? never : undefined)
}

type ValueOf<S extends OptionSpec> = S extends { kind: 'number' }
  ? number | (S extends { words: readonly (infer W)[] } ? W : never)
  : S extends { kind: 'choice'; values: readonly (infer V)[] }
    ? V
    : S extends { kind: 'flag' }
      ? boolean
      : string

/**
 * Declares an operation. The casts are safe because the grammar passes complete and valid options only; this is the
 * one place that relies on it.
 */
export function defineOperation<const O extends OptionSpecs>(definition: OperationDefinition<O>): Operation {
  const { output, source } = definition
  return {
    ...definition,
    stages: (options, frame, context) => definition.stages(options as ValuesOf<O>, frame, context),
    output: output ? options => output(options as ValuesOf<O>) : () => ({}),
    source: source ? options => source(options as ValuesOf<O>) : () => ({}),
  }
}
