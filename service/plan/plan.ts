import { DarkroomError } from '../errors/catalogue.ts'
import type { CompleteOptions, Frame, Operation, OutputSettings, Stage } from '../operations/operation.ts'
import type { ImageFacts } from './facts.ts'
import { type OutputFormat, outputFormats } from './formats.ts'

/** Stages that sharp can run in one pipeline with the result of running them one by one. */
export type Pass = readonly Stage[]

/** How a derivative is made of an original, decided before a pixel is read. */
export interface Plan {
  readonly facts: ImageFacts
  /** In order; the first reads the original, the last writes the output. At least one, which may be empty. */
  readonly passes: readonly Pass[]
  readonly format: OutputFormat
  /** Size of the output in pixels. */
  readonly width: number
  readonly height: number
  readonly settings: OutputSettings
  /** Estimated CPU milliseconds for the whole. */
  readonly costMs: number
}

/** An operation with its complete options, in the order of the URL. */
export interface PlannedStep {
  readonly operation: Operation
  readonly options: CompleteOptions
}

/** The most work that one URL may ask for, in estimated milliseconds. */
const maxCostMs = 60_000

/** The longest side of an output in pixels. */
const maxOutputSide = 8192

/**
 * Plans a derivative: operations apply from left to right, sizes follow from the original's.
 * @throws DarkroomError `bad-url` when options contradict each other or the picture, or the output is too large
 */
export function planDerivative(facts: ImageFacts, steps: readonly PlannedStep[], format: OutputFormat): Plan {
  let frame: Frame = { width: facts.width, height: facts.height, alpha: facts.alpha }
  let settings: OutputSettings = {}
  const stages: Stage[] = []
  for (const { operation, options } of steps) {
    for (const stage of operation.stages(options, frame)) {
      stages.push(stage)
      frame = stage.frame
    }
    settings = { ...settings, ...operation.output?.(options) }
    refuseHuge(operation.name, frame, facts)
  }
  refuseHuge('the output', frame)
  const costMs = estimate(facts, stages, frame, format, settings.effort)
  if (costMs > maxCostMs) {
    const seconds = Math.round(costMs / 1000)
    throw new DarkroomError(
      'bad-url',
      `this would take about ${seconds} s: ask for fewer pixels, steps or less effort`,
    )
  }
  return {
    facts,
    passes: splitPasses(stages),
    format,
    width: frame.width,
    height: frame.height,
    settings,
    costMs,
  }
}

/**
 * An intermediate picture may be as large as the original, but nothing may grow beyond the output's limit: not by a
 * side, and not by its area, which is what it takes of memory.
 */
function refuseHuge(name: string, frame: Frame, original?: ImageFacts): void {
  const limit = original ? Math.max(maxOutputSide, original.width, original.height) : maxOutputSide
  const area = original ? Math.max(maxOutputSide ** 2, original.width * original.height) : maxOutputSide ** 2
  if (frame.width <= limit && frame.height <= limit && frame.width * frame.height <= area) return
  const advice = original ? '' : '; add a resize'
  throw new DarkroomError(
    'bad-url',
    `${name}: would be ${frame.width}x${frame.height}, the longest side may be ${limit} pixels${advice}`,
  )
}

/** Stages share a pass as long as sharp's own order is theirs and no colour is painted over grey. */
function splitPasses(stages: readonly Stage[]): Pass[] {
  const passes: Stage[][] = [[]]
  for (const stage of stages) {
    const pass = passes.at(-1) ?? []
    const last = pass.at(-1)
    const reordered = last !== undefined && stage.rank[0] <= last.rank[1]
    const painted = stage.colors === 'adds' && pass.some(({ colors }) => colors === 'drops')
    if (reordered || painted) passes.push([stage])
    else pass.push(stage)
  }
  return passes
}

/** Milliseconds to decode a megapixel, measured on photographs with sharp 0.35. */
const decodeMs = { jpg: 12, png: 14, webp: 18, avif: 40, gif: 10, tiff: 6 } as const

/** What effort costs, against the encoder's default: measured at 500 px. */
function effortFactor(format: OutputFormat, effort: number | undefined): number {
  if (effort === undefined) return 1
  if (format === 'avif') return [0.3, 1, 1.6, 2.5, 12, 14, 18, 25, 32, 40][effort] ?? 1
  return 1 + effort / 3
}

/** Decoding, every stage, encoding. A baseline JPEG that is scaled first is read at a fraction of its size. */
function estimate(
  facts: ImageFacts,
  stages: readonly Stage[],
  output: Frame,
  format: OutputFormat,
  effort: number | undefined,
): number {
  const megapixels = (facts.width * facts.height) / 1e6
  const first = stages[0]
  const shrink = first?.name.startsWith('scale') ? facts.width / first.frame.width : 1
  const onLoad = facts.format === 'jpg' && !facts.progressive && shrink >= 2 ? 0.4 : 1
  const slow = facts.progressive ? 2 : 1
  const decode = megapixels * decodeMs[facts.format] * slow * onLoad
  const encode =
    ((output.width * output.height) / 1e6) * outputFormats[format].encodeMs * effortFactor(format, effort)
  return decode + stages.reduce((sum, stage) => sum + stage.costMs, 0) + encode
}
