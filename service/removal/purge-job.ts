import Type from 'typebox'

/** The name of the job that purges a set of images, page by page. */
export const purgeJobName = 'purge'

/** A page of a purge that somebody shall do. */
export const PurgeJob = Type.Object({
  userId: Type.String(),
  what: Type.Union([
    Type.Object({ all: Type.Literal(true) }),
    Type.Object({ tag: Type.String() }),
    Type.Object({
      preset: Type.String(),
      /** What the names of its derivatives match, as it stood when the purge was asked for; null when nothing was known. */
      names: Type.Union([Type.String(), Type.Null()]),
    }),
  ]),
  /** Of each time that a purge is asked for: an earlier one under way does not do for it. */
  purge: Type.String(),
  /** What this page comes after. */
  after: Type.String(),
})
export type PurgeJob = Type.Static<typeof PurgeJob>

/** What can be purged of a user, besides one image. */
export type PurgeTarget = { readonly all: true } | { readonly tag: string } | { readonly preset: string }

/** A name as Postgres' regular expressions have it; names hold `.`, `-`, `~`, `,` and `:` besides letters and digits. */
const escaped = (text: string) => text.replace(/[^a-zA-Z0-9_]/g, '\\$&')

/**
 * What the names of derivatives match that hold these printed operations as whole ones: behind them comes another operation
 * or the extension, but no options of the last.
 */
export function derivativeNamePattern(printed: string): string {
  return `_${escaped(printed)}(_[a-z]+(_|[.])|[.])`
}
