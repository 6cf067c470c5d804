/** Width and height in whole pixels. */
export interface Size {
  readonly width: number
  readonly height: number
}

/** An image at one point of the pipeline: its upright size, and whether it may hold transparency. */
export interface Frame extends Size {
  readonly alpha: boolean
}

/** A place in an image, in pixels from its top left corner. */
export interface Point {
  readonly x: number
  readonly y: number
}

/** A rectangle inside an image, in pixels. */
export interface Region extends Size {
  readonly left: number
  readonly top: number
}
