import Type from 'typebox'

/** The name of the task that purges a set of images, page by page. */
export const purgeTaskName = 'purge'

/** The payload of the task. */
export const PurgeTask = Type.Object({
  userId: Type.String(),
  what: Type.Union([
    Type.Object({ all: Type.Literal(true) }),
    Type.Object({ tag: Type.String() }),
    Type.Object({
      preset: Type.String(),
      /**
       * The pattern for the file names of its derivatives, as the preset was when the purge was requested; null when
       * the preset was unknown.
       */
      names: Type.Union([Type.String(), Type.Null()]),
    }),
  ]),
  /** Random for each request, so that a later purge is not dropped as a duplicate of one that still runs. */
  purge: Type.String(),
})
export type PurgeTask = Type.Static<typeof PurgeTask>

/** The last image or file name of the previous page, empty for the first page, and how many images failed before. */
export const PurgePosition = Type.Object({ after: Type.String(), failed: Type.Optional(Type.Integer()) })
export type PurgePosition = Type.Static<typeof PurgePosition>

/** The images of a user, or the preset, whose derivatives a bulk purge removes. */
export type PurgeTarget = { readonly all: true } | { readonly tag: string } | { readonly preset: string }

/**
 * Escapes text for a regular expression of Postgres. Names contain `.`, `-`, `~`, `,` and `:` besides letters and
 * digits.
 */
const escapePattern = (text: string) => text.replace(/[^a-zA-Z0-9_]/g, '\\$&')

/**
 * A regular expression for the names of derivatives that contain these printed operations completely: they are followed
 * by another operation or the extension, but not by more options of the last one.
 */
export function derivativeNamePattern(printed: string): string {
  return `_${escapePattern(printed)}(_[a-z]+(_|[.])|[.])`
}
