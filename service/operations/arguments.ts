import type { ChoiceSpec, ColorSpec } from '../url/option.ts'

/** Options that mean the same wherever they stand. */

/** Where a smaller frame sits in a larger one. `smart` looks for skin, saturation and detail, `entropy` for detail. */
export const gravity = {
  kind: 'choice',
  values: [
    'center',
    'north',
    'northeast',
    'east',
    'southeast',
    'south',
    'southwest',
    'west',
    'northwest',
    'smart',
    'entropy',
  ],
  default: 'center',
  summary: 'which part of the picture is kept: an edge, a corner, or what stands out',
} as const satisfies ChoiceSpec

/** What fills new area. */
export const background = {
  kind: 'color',
  default: 'transparent',
  summary: 'the colour of new area; transparent becomes white where the format has no transparency',
} as const satisfies ColorSpec
