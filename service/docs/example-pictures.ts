import type { RenderedImage } from '../engine/encode/output.ts'
import type { Engine } from '../engine/engine.ts'
import type { Operations } from '../operations/registry.ts'
import type { ImageFacts } from '../plan/facts.ts'
import { changesPixels, developExample, exampleOf, setStage } from './examples.ts'

/** Where the pictures of the page lie, from the page's folder. */
const folder = 'pictures'

/** The picture that the examples begin with. */
export const beforeFile = `${folder}/before.webp`

/** The picture of an operation's example. */
export function pictureFile(operation: string): string {
  return `${folder}/${operation}.webp`
}

/** The operations of the image that the README shows beside the original. */
export const readmeExample =
  'crop_ar-16:9_adjust_s-25_gradient_c-000,a-0.7,from-0.4_text_t-dunes,s-64,c-fff,font-serif,g-southwest,x-32,y-16'

/** Pixels wide: the pictures are shown at half their size. */
const width = 640

/**
 * Develops the example of every operation that changes pixels.
 * @param inspect the facts of a file's bytes
 * @returns WebP files by operation name; `before` is the original, `after` the example of the README
 */
export async function developExamples(
  operations: Operations,
  engine: Engine,
  inspect: (data: Buffer) => Promise<ImageFacts>,
): Promise<Map<string, RenderedImage>> {
  const stage = await setStage(operations, engine, width, inspect)
  const develop = (chain: string) => developExample(engine, exampleOf(operations, stage, chain, 'webp'))
  const pictures = new Map<string, RenderedImage>([
    ['before', await develop('')],
    ['after', await develop(readmeExample)],
  ])
  for (const operation of operations.values()) {
    if (changesPixels(operations, operation)) pictures.set(operation.name, await develop(operation.example))
  }
  return pictures
}
