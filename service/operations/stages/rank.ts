import type { Rank } from '../stage.ts'

/**
 * The ranks of the stages: their positions in the fixed order in which sharp runs one pipeline (its pipeline.cc). A
 * higher rank runs later, whatever the order of the calls.
 */
export const rank = {
  extract: [1, 1],
  // The two halves of sharp's gamma correction; a pass holds one of them. `brighten` cannot follow a scale, because
  // sharp does not shrink a JPEG on load when there is any gamma correction.
  darken: [1.5, 1.5],
  brighten: [1.5, 13.5],
  grayscale: [2, 2],
  scale: [3, 3],
  // Scales before sharp's mirror and rotation, and crops after them: no other stage may run in between.
  smartCover: [3, 6],
  // If a later stage made the pass premultiply colours, another part of a transparent image could seem salient.
  smartCoverAlpha: [3, 12],
  mirror: [4, 4],
  // A pipeline holds one rotation, by quarter turns or by any angle.
  rotate: [5, 5],
  // A later stage in the pass would see colours that are not yet divided by alpha and rounded, which differ at
  // transparent edges.
  rotateAlpha: [5, 12],
  // Spans `embed`: sharp reports the crop's size as the result's, even when area is added after it.
  extractAfterScale: [6, 7],
  embed: [7, 7],
  // sharp premultiplies only when there is transparency at the start of the pass.
  embedAlpha: [7, 12],
  median: [8, 8],
  // Comes with a blur of its own, which makes sharp premultiply colours.
  medianAlpha: [8, 12],
  blur: [9, 9],
  sharpen: [12, 12],
  // Up to here colours may be premultiplied by their alpha, when the pass scales, blurs or sharpens.
  composite: [13, 13],
  // Edits pixels outside libvips; where metadata is kept, the result is composited over the pass's own image.
  editPixels: [13, 13],
  // Needs a pass of its own: sharp adds alpha to an opaque image before it scales, which takes three times the time.
  compositeOpaque: [0, 13],
  // Only ends a pass.
  passBreak: [0, 0],
  linear: [14, 14],
  tint: [16, 16],
  // Ends the pipeline and continues with another image.
  replace: [18, 18],
} as const satisfies Record<string, Rank>
