import { drawDemoPhoto, drawDemoWatermark } from '../engine/demo-images.ts'
import type { Engine } from '../engine/engine.ts'
import type { RenderSource } from '../engine/sources/render-source.ts'
import type { Operation } from '../operations/operation.ts'
import type { Operations } from '../operations/registry.ts'
import type { ImageFacts } from '../plan/facts.ts'
import type { OutputFormat } from '../plan/formats.ts'
import { type Plan, planDerivative } from '../plan/plan.ts'
import { referencedImages, toPlannedSteps } from '../plan/planned-steps.ts'
import { parseSteps } from '../url/grammar.ts'
import { completeOptions } from '../url/step.ts'

interface Original {
  readonly data: Buffer
  readonly facts: ImageFacts
}

/** The images that examples are rendered from. */
export interface ExampleImages {
  readonly photo: Original
  /** The image that `overlay` draws, and the original for `trim`, because the photo has no margin to trim. */
  readonly watermark: Original
}

/** The input with which the engine renders an example. */
export interface Example {
  readonly plan: Plan
  readonly source: RenderSource
}

const tenant = 'examples'

/**
 * Draws the images.
 * @param width of the photo, in pixels
 * @param inspect returns the facts of a file's bytes
 */
export async function drawExampleImages(
  operations: Operations,
  engine: Engine,
  width: number,
  inspect: (data: Buffer) => Promise<ImageFacts>,
): Promise<ExampleImages> {
  const inspected = async (data: Buffer): Promise<Original> => ({ data, facts: await inspect(data) })
  const watermark = await inspected(await drawDemoWatermark())
  const large = { photo: await inspected(await drawDemoPhoto()), watermark }
  const { data } = await renderExample(engine, planExample(operations, large, `resize_w-${width}`, 'png'))
  return { photo: await inspected(data), watermark }
}

/** Plans a chain of operations on the example images. */
export function planExample(
  operations: Operations,
  { photo, watermark }: ExampleImages,
  chain: string,
  format: OutputFormat,
): Example {
  const steps = parseSteps(chain, operations)
  const ids = steps.flatMap(step => referencedImages(step, operations).map(([id]) => id))
  const { data, facts } = steps[0]?.op === 'trim' ? watermark : photo
  const images = new Map(ids.map(id => [id, watermark.facts]))
  return {
    plan: planDerivative({ facts, images }, toPlannedSteps(operations, steps), format),
    source: { original: data, images: new Map(ids.map(id => [id, watermark])) },
  }
}

export function renderExample(engine: Engine, { plan, source }: Example) {
  return engine.render(async () => source, plan, { tenant })
}

/** Whether an operation's example changes pixels. Other operations are about the file or the source. */
export function changesPixels(operations: Operations, { example }: Operation): boolean {
  const [step] = parseSteps(example, operations)
  const operation = operations.get(step?.op ?? '')
  if (step === undefined || operation === undefined) return false
  const frame = { width: 640, height: 480, alpha: false }
  const images = new Map(referencedImages(step, operations).map(([id]) => [id, frame]))
  const scene = { vector: false, animated: false, images }
  return operation.stages(completeOptions(step, operations), frame, scene).length > 0
}
