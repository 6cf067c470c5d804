import type { Point, Region } from '../operations/shapes.ts'
import type { ImageFacts } from './facts.ts'
import type { Ladder } from './rungs.ts'

/** What a derivative is made of. */
export interface SourceImage {
  readonly facts: ImageFacts
  /** The stored focal point, as fractions of width and height. */
  readonly focal?: Point | undefined
  /** Faces that were found, as fractions of width and height, largest first; absent when nobody has looked. */
  readonly faces?: readonly Region[] | undefined
  /** The rungs that are there; without, the original is read. */
  readonly ladder?: Ladder | undefined
  /** The other images that operations name, by id. */
  readonly images?: ReadonlyMap<string, ImageFacts>
}
