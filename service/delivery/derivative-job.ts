import Type from 'typebox'

/** The name of the job that renders a heavy derivative. */
export const developJobName = 'develop'
/** The name of the job that replaces a stand-in by the final derivative. */
export const finishJobName = 'finish'

/** The payload of a job that renders or finishes a derivative. */
export const DerivativeJob = Type.Object({
  userId: Type.String(),
  imageId: Type.String(),
  file: Type.String({ description: 'its canonical file name' }),
  presets: Type.Optional(Type.Array(Type.String(), { description: 'the presets that its URL named' })),
})
export type DerivativeJob = Type.Static<typeof DerivativeJob>
