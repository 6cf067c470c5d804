import Type from 'typebox'

/** The variables of this room. */
export const deliveryConfig = Type.Object({
  DARKROOM_HEAVY_COST_MS: Type.Integer({
    minimum: 0,
    maximum: 1_000_000,
    default: 1500,
    description: 'estimated milliseconds that make a development heavy: a job',
  }),
  DARKROOM_HEAVY_WAIT_MS: Type.Integer({
    minimum: 0,
    maximum: 1_000_000,
    default: 10_000,
    description: 'how long a request waits for a heavy development',
  }),
  DARKROOM_EDGE_PURGE: Type.Optional(
    Type.String({
      description:
        'caches in front that are told of purges, separated by spaces: cloudflare://<zoneId>, fastly://<serviceId> or https://host/path',
    }),
  ),
  DARKROOM_EDGE_TOKEN: Type.Optional(
    Type.String({ description: 'their secrets in the same order, separated by spaces' }),
  ),
})
