import type { ChoiceSpec, ColorSpec, NumberSpec } from '../url/option.ts'

/** Options that mean the same wherever they stand. */

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
 * Which part of a picture is kept. `smart` looks for skin, saturation and detail, `entropy` for detail, `focal` keeps the
 * image's stored point and `face` the faces that were found in it.
 */
export const gravityOption = {
  kind: 'choice',
  values: [...compass, 'smart', 'entropy', 'focal', 'face'],
  default: 'center',
  summary: 'which part of the picture is kept: an edge, a corner, what stands out, its focal point or faces',
} as const satisfies ChoiceSpec

/** Where a smaller frame sits in a larger one: there is nothing to see in new area. */
export const positionOption = {
  kind: 'choice',
  values: compass,
  default: 'center',
  summary: 'where the picture sits: the middle, an edge or a corner',
} as const satisfies ChoiceSpec

/** How far from its place something sits. */
export const offsetOption = {
  kind: 'number',
  min: -65535,
  max: 65535,
  integer: true,
  fraction: true,
  default: 0,
} as const satisfies Omit<NumberSpec, 'summary'>

/** What fills new area. */
export const backgroundOption = {
  kind: 'color',
  default: 'transparent',
  summary: 'the colour of new area; transparent becomes white where the format has no transparency',
} as const satisfies ColorSpec
