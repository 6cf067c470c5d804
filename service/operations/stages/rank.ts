import type { Rank } from '../stage.ts'

/**
 * The primitives that operations are made of. A rank is the span that it takes in sharp's own
 * order of one pipeline (its pipeline.cc): what has a higher rank runs later, however the calls are ordered.
 */
export const rank = {
  extract: [1, 1],
  // the two halves of sharp's gamma correction: a pass holds one. The second does not follow a scale, because a JPEG
  // is not shrunk while it is loaded when there is any
  darken: [1.5, 1.5],
  brighten: [1.5, 13.5],
  grayscale: [2, 2],
  scale: [3, 3],
  // scales, and crops after sharp's turn: nothing may come between
  smartCover: [3, 6],
  // transparent parts stand out otherwise when what comes later has colours premultiplied
  smartCoverAlpha: [3, 12],
  mirror: [4, 4],
  // one pipeline holds one rotation, by quarters or by any angle
  rotate: [5, 5],
  // what comes later in the pass would work on colours that the rounding after it changes at transparent edges
  rotateAlpha: [5, 12],
  // sharp tells a crop's size as the picture's, even if area is added after it
  extractAfterScale: [6, 7],
  embed: [7, 7],
  // colours are premultiplied only where there is transparency from the start of the pass
  embedAlpha: [7, 12],
  median: [8, 8],
  // brings a blur of its own, for what it does to colours
  medianAlpha: [8, 12],
  blur: [9, 9],
  sharpen: [12, 12],
  // up to here colours may be premultiplied by their alpha: when the pass scales, blurs or sharpens
  composite: [13, 13],
  // by hand, and where metadata is kept laid over the pass's own picture
  editPixels: [13, 13],
  // in a pass of its own: sharp gives an opaque picture alpha before it is scaled, which takes three times the time
  compositeOpaque: [0, 13],
  // nothing but the end of a pass
  passBreak: [0, 0],
  linear: [14, 14],
  tint: [16, 16],
  // ends the pipeline, and another picture goes on
  replace: [18, 18],
} as const satisfies Record<string, Rank>
