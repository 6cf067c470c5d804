import Type from 'typebox'

/** The formats in which rungs are stored; see `chooseRungFormat`. */
export const rungFormats = ['jpg', 'png'] as const
export type RungFormat = (typeof rungFormats)[number]

/**
 * The rungs of an image: smaller copies of its first page, upright, in sRGB, 8 bits a sample. It is a schema because it
 * is read back from the database as JSON.
 */
export const Ladder = Type.Object({
  format: Type.Enum(rungFormats),
  /** In pixels, the smallest first. */
  widths: Type.Array(Type.Integer({ minimum: 1 }), { maxItems: 8 }),
})
export type Ladder = Type.Static<typeof Ladder>
