import Type from 'typebox'

/** The name of the job that develops a derivative. */
export const developJobName = 'develop'

/** A derivative that somebody shall develop, by its canonical name. */
export const DerivativeJob = Type.Object({
  userId: Type.String(),
  imageId: Type.String(),
  file: Type.String(),
  presets: Type.Optional(Type.Array(Type.String(), { description: 'by which it was asked for' })),
})
export type DerivativeJob = Type.Static<typeof DerivativeJob>
