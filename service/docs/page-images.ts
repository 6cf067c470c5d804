import type { RenderedImage } from '../engine/encode/output.ts'
import type { Engine } from '../engine/engine.ts'
import type { Operations } from '../operations/registry.ts'
import type { ImageFacts } from '../plan/facts.ts'
import { changesPixels, drawExampleImages, planExample, renderExample } from './examples.ts'

/** The folder of the images, relative to the page. */
const folder = 'pictures'

/** The image that the examples are rendered from. */
export const beforeFile = `${folder}/before.webp`

/** The image of an operation's example. */
export function exampleFile(operation: string): string {
  return `${folder}/${operation}.webp`
}

/** The operations of the image that the README shows beside the original. */
export const readmeExample =
  'crop_ar-16:9_adjust_s-25_gradient_c-000,a-0.7,from-0.4_text_t-dunes,s-64,c-fff,font-serif,g-southwest,x-32,y-16'

/** In pixels. The pages show the images at half their size. */
const width = 640

/**
 * Renders the example of every operation that changes pixels.
 * @param inspect returns the facts of a file's bytes
 * @returns WebP files by operation name; `before` is the original, `after` the example of the README
 */
export async function renderPageImages(
  operations: Operations,
  engine: Engine,
  inspect: (data: Buffer) => Promise<ImageFacts>,
): Promise<Map<string, RenderedImage>> {
  const originals = await drawExampleImages(operations, engine, width, inspect)
  const render = (chain: string) => renderExample(engine, planExample(operations, originals, chain, 'webp'))
  const images = new Map<string, RenderedImage>([
    ['before', await render('')],
    ['after', await render(readmeExample)],
  ])
  for (const operation of operations.values()) {
    if (changesPixels(operations, operation)) images.set(operation.name, await render(operation.example))
  }
  return images
}
