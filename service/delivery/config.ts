import Type from 'typebox'

/** The variables of this room. */
export const deliveryConfig = Type.Object({
  DARKROOM_HEAVY_COST_MS: Type.Integer({
    minimum: 0,
    maximum: 1_000_000,
    default: 1500,
    description:
      'a derivative whose estimated render time is above this is rendered by a job, in milliseconds',
  }),
  DARKROOM_HEAVY_WAIT_MS: Type.Integer({
    minimum: 0,
    maximum: 1_000_000,
    default: 10_000,
    description: 'how long a request waits for such a job, in milliseconds',
  }),
  DARKROOM_FINAL_REQUESTS: Type.Integer({
    minimum: 1,
    maximum: 1_000,
    default: 2,
    description: 'how many requests for a stand-in it takes until its final is made, in each process',
  }),
})
