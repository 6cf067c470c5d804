import fc from 'fast-check'
import type { CompleteOptions, Operation } from '../operations/operation.ts'
import type { Operations } from '../operations/registry.ts'
import type { ImageContext } from '../operations/stage.ts'
import { rank } from '../operations/stages/rank.ts'
import type { Step } from '../url/address.ts'
import { parseSteps } from '../url/grammar.ts'
import type { OptionSpec, OptionValue } from '../url/option.ts'
import { printSteps } from '../url/print.ts'
import { completeOptions, normalizeStep, type StepInput } from '../url/step.ts'

/** An operation as it appears in a URL. */
export interface OperationVariant {
  readonly text: string
  /**
   * Whether pixel values decide what it does (`trim` measures the pixels and then crops), so that a rounding difference
   * may change its result a lot.
   */
  readonly dependsOnPixels: boolean
}

/**
 * Every operation that changes an image: once with the options of its example, and once for each other value of each
 * option. New operations are included automatically.
 */
export function operationVariants(operations: Operations): OperationVariant[] {
  const variants = new Map<string, OperationVariant>()
  for (const operation of operations.values()) {
    for (const step of variantsOf(operation, operations)) {
      const text = printSteps([step], operations)
      const dependsOnPixels = decidesByPixels(operation, step, operations)
      if (dependsOnPixels !== undefined) variants.set(text, { text, dependsOnPixels })
    }
  }
  return [...variants.values()]
}

function variantsOf(operation: Operation, operations: Operations): Step[] {
  const examples = parseSteps(operation.example, operations)
  return examples.flatMap(example => {
    const inputs = Object.entries(operation.options).flatMap(([name, spec]) =>
      alternatives(spec, example.options[name]).map(value => ({
        ...example.options,
        op: operation.name,
        [name]: value,
      })),
    )
    return [example, ...inputs.flatMap(input => valid(input, operations))]
  })
}

/** Other values of an option, close enough to the example's that rounding errors are not amplified too much. */
function alternatives(spec: OptionSpec, value: OptionValue | undefined): OptionValue[] {
  if (spec.kind === 'choice') return [...spec.values]
  if (spec.kind === 'flag') return [false, true]
  if (spec.kind === 'color') return ['f00', '00aa0080', 'transparent']
  if (spec.kind === 'ratio') return ['1:1', '2:3']
  if (spec.kind !== 'number') return []
  const near = value ?? spec.default
  const numbers = typeof near === 'number' ? [near / 2, near * 2, -near] : []
  // without auto: client hints replace this word before planning, so it is never planned
  return [...numbers, ...(spec.words ?? []).filter(word => word !== 'auto')]
}

function valid(input: StepInput, operations: Operations): Step[] {
  try {
    return [normalizeStep(input, operations)]
  } catch {
    return []
  }
}

/**
 * Whether pixel values decide what a step does, see `dependsOnPixels`. Undefined when the operation does not change
 * pixels, or rejects these options.
 */
function decidesByPixels(operation: Operation, step: Step, operations: Operations): boolean | undefined {
  const frame = { width: 120, height: 80, alpha: false }
  const images = new Map(imagesIn(operation, step).map(id => [id, frame]))
  const context: ImageContext = { vector: false, animated: false, images }
  try {
    const parts = operation.stages(completeOptions(step, operations), frame, context)
    if (parts.length === 0) return undefined
    return parts.some(part => !('apply' in part) || part.colors === 'reads' || part.rank === rank.replace)
  } catch {
    return undefined
  }
}

/** The ids of the images that a step refers to. */
export function imagesIn(operation: Operation, { options }: { readonly options: CompleteOptions }): string[] {
  return Object.entries(operation.options).flatMap(([name, spec]) => {
    const id = spec.kind === 'image' ? options[name] : undefined
    return typeof id === 'string' ? [id] : []
  })
}

/**
 * Random chains of variants, each operation equally often. At most one variant of a chain has `dependsOnPixels`, and it
 * comes first: there it gets the same pixels whether the operations run together in one render or one by one.
 */
export function arbitraryChains(variants: readonly OperationVariant[]): fc.Arbitrary<string[]> {
  const first = fc.option(pick(variants.filter(({ dependsOnPixels }) => dependsOnPixels)), {
    freq: 4,
    nil: undefined,
  })
  const rest = fc.array(pick(variants.filter(({ dependsOnPixels }) => !dependsOnPixels)), {
    minLength: 1,
    maxLength: 4,
  })
  return fc.tuple(first, rest).map(([one, others]) => (one === undefined ? others : [one, ...others]))
}

function pick(variants: readonly OperationVariant[]): fc.Arbitrary<string> {
  const texts = variants.map(({ text }) => text)
  const names = new Set(texts.map(nameOf))
  return fc.oneof(...[...names].map(name => fc.constantFrom(...texts.filter(text => nameOf(text) === name))))
}

const nameOf = (text: string) => text.split('_', 1)[0]
