import type { ChoiceSpec, ColorSpec, NumberSpec } from '../url/option.ts'

/** Options that several operations share. */

const compass = [
  'center',
  'north',
  'northeast',
  'east',
  'southeast',
  'south',
  'southwest',
  'west',
  'northwest',
] as const

/**
 * Which part of an image a crop keeps. `smart` looks for skin tones, saturation and detail, `entropy` for detail;
 * `focal` keeps the image's stored focal point and `face` its detected faces.
 */
export const gravityOption = {
  kind: 'choice',
  values: [...compass, 'smart', 'entropy', 'focal', 'face'],
  default: 'center',
  label: 'Gravity',
  summary:
    'part of the image to keep: center, an edge or corner, smart (salient area), entropy (most detail), focal (stored focal point) or face',
} as const satisfies ChoiceSpec

/**
 * Where a smaller frame is placed in a larger one. It has none of the values that depend on what an image shows, such
 * as `smart` or `face`, because added area is empty.
 */
export const positionOption = {
  kind: 'choice',
  values: compass,
  default: 'center',
  label: 'Position',
  summary: 'position: center, an edge or a corner',
} as const satisfies ChoiceSpec

/** The distance of a layer from the position that gravity gives it. */
export const offsetOption = {
  kind: 'number',
  min: -65535,
  max: 65535,
  integer: true,
  fraction: true,
  pixels: true,
  default: 0,
} as const satisfies Omit<NumberSpec, 'label' | 'summary'>

/** The colour of added area. */
export const backgroundOption = {
  kind: 'color',
  default: 'transparent',
  label: 'Background',
  summary: 'background colour; transparent becomes white in formats without transparency',
} as const satisfies ColorSpec
