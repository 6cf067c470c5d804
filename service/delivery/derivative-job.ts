import Type from 'typebox'

/**
 * The name of the job that renders a derivative: either before the first request for it, or because rendering it takes
 * too long for a request to wait.
 */
export const developJobName = 'develop'
/** The name of the job that replaces a stand-in by the final derivative. */
export const finishJobName = 'finish'

/** The payload of a job that renders or finishes a derivative. */
export const DerivativeJob = Type.Object({
  userId: Type.String(),
  imageId: Type.String(),
  file: Type.String({ description: 'canonical file name of the derivative' }),
  version: Type.Optional(
    Type.String({ description: 'names the originals in the object key; absent for the current ones' }),
  ),
  presets: Type.Optional(Type.Array(Type.String(), { description: 'presets in the URL of the derivative' })),
  isRequested: Type.Optional(
    Type.Boolean({ description: 'a request waits, so the final of a stand-in depends on further requests' }),
  ),
})
export type DerivativeJob = Type.Static<typeof DerivativeJob>

/** The version of a derivative as its job states it: absent when no original was replaced. */
export const versionInJob = ({
  version,
}: {
  readonly version: string | null
}): Pick<DerivativeJob, 'version'> => (version === null ? {} : { version })
