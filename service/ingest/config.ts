import Type from 'typebox'

/** The variables of this room. */
export const ingestConfig = Type.Object({
  DARKROOM_UPLOAD_SLOTS: Type.Integer({
    minimum: 1,
    maximum: 10_000,
    default: 64,
    description:
      'how many uploads and imports run at the same time; one user has at most a quarter of these slots',
  }),
  DARKROOM_UPLOAD_WAIT_MS: Type.Integer({
    minimum: 0,
    maximum: 600_000,
    default: 10_000,
    description: 'how long an upload waits for a free slot, in milliseconds, before it gets 429',
  }),
})
