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

/** The pictures that examples are shown and measured on. */
export interface Stage {
  readonly photo: Original
  /** Painted in wherever an example names an image. */
  readonly mark: Original
}

/** What an engine needs to develop an example. */
export interface Example {
  readonly plan: Plan
  readonly material: RenderSource
}

const tenant = 'examples'

/**
 * Draws the pictures.
 * @param width of the photograph, in pixels
 * @param inspect the facts of a file's bytes
 */
export async function setStage(
  operations: Operations,
  engine: Engine,
  width: number,
  inspect: (data: Buffer) => Promise<ImageFacts>,
): Promise<Stage> {
  const inspected = async (data: Buffer): Promise<Original> => ({ data, facts: await inspect(data) })
  const mark = await inspected(await drawDemoWatermark())
  const demo = { photo: await inspected(await drawDemoPhoto()), mark }
  const { data } = await developExample(engine, exampleOf(operations, demo, `resize_w-${width}`, 'png'))
  return { photo: await inspected(data), mark }
}

/** The plan of a chain on the stage; only the mark has something to trim. */
export function exampleOf(
  operations: Operations,
  { photo, mark }: Stage,
  chain: string,
  format: OutputFormat,
): Example {
  const steps = parseSteps(chain, operations)
  const ids = steps.flatMap(step => referencedImages(step, operations).map(([id]) => id))
  const { data, facts } = steps[0]?.op === 'trim' ? mark : photo
  const images = new Map(ids.map(id => [id, mark.facts]))
  return {
    plan: planDerivative({ facts, images }, toPlannedSteps(operations, steps), format),
    material: { original: data, images: new Map(ids.map(id => [id, mark])) },
  }
}

/** Develops an example. */
export function developExample(engine: Engine, { plan, material }: Example) {
  return engine.render(async () => material, plan, { tenant })
}

/** Whether an operation's example changes pixels: the others speak of the file or of the source. */
export function changesPixels(operations: Operations, { example }: Operation): boolean {
  const [step] = parseSteps(example, operations)
  const operation = operations.get(step?.op ?? '')
  if (step === undefined || operation === undefined) return false
  const frame = { width: 640, height: 480, alpha: false }
  const images = new Map(referencedImages(step, operations).map(([id]) => [id, frame]))
  const scene = { vector: false, animated: false, images }
  return operation.stages(completeOptions(step, operations), frame, scene).length > 0
}
