import type { Point, Region } from '../operations/shapes.ts'
import type { ImageFacts } from './facts.ts'
import type { Ladder } from './rungs.ts'

/** The planner's facts about the image from which a derivative is rendered. */
export interface SourceImage {
  readonly facts: ImageFacts
  /** The stored focal point, as fractions of width and height. */
  readonly focal?: Point | undefined
  /** Detected faces, as fractions of width and height, largest first; absent when detection has not run. */
  readonly faces?: readonly Region[] | undefined
  /** The available rungs. When there are none, the original is read. */
  readonly ladder?: Ladder | undefined
  /** Facts of the other images that operations name, by id. */
  readonly images?: ReadonlyMap<string, ImageFacts>
}
