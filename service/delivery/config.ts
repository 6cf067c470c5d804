import Type from 'typebox'

/** The variables of this room. */
export const deliveryConfig = Type.Object({
  DARKROOM_HEAVY_COST_MS: Type.Integer({
    minimum: 0,
    maximum: 1_000_000,
    default: 1500,
    description: 'estimated cost in milliseconds from which a derivative is rendered by a job',
  }),
  DARKROOM_HEAVY_WAIT_MS: Type.Integer({
    minimum: 0,
    maximum: 1_000_000,
    default: 10_000,
    description: 'how long a request waits for such a job, in milliseconds',
  }),
})
