import Type from 'typebox'

/** The variables of this room. */
export const edgeConfig = Type.Object({
  DARKROOM_EDGE_PURGE: Type.Optional(
    Type.String({
      description:
        'CDNs to purge, separated by spaces: cloudflare://<zoneId>, fastly://<serviceId> or https://host/path',
    }),
  ),
  DARKROOM_EDGE_TOKEN: Type.Optional(
    Type.String({ description: 'secrets of these CDNs in the same order, separated by spaces' }),
  ),
})
