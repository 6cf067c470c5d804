import Type from 'typebox'

/** Formats of originals whose pages are decoded once each; the pixels serve every development. */
const pagedFormats = ['heic', 'jxl', 'pdf', 'ico', 'bmp'] as const
export type PagedFormat = (typeof pagedFormats)[number]

/** Formats that an original may have. */
export const sourceFormats = ['jpg', 'png', 'webp', 'avif', 'gif', 'tiff', 'svg', ...pagedFormats] as const
export type SourceFormat = (typeof sourceFormats)[number]

/**
 * What the planner knows of an original without opening it: read once at upload, kept with the image.
 * A schema, because it comes back from the database as JSON.
 */
export const ImageFacts = Type.Object({
  format: Type.Enum(sourceFormats),
  /** Pixels as seen: EXIF orientation applied. */
  width: Type.Integer({ minimum: 1 }),
  height: Type.Integer({ minimum: 1 }),
  /** EXIF orientation, 1–8. */
  orientation: Type.Integer({ minimum: 1, maximum: 8 }),
  /** Pages or frames. */
  pages: Type.Integer({ minimum: 1 }),
  /** Width and height of each page, as seen, where they differ; of a long document, of its first pages only. */
  pageSizes: Type.Optional(
    Type.Array(Type.Tuple([Type.Integer({ minimum: 1 }), Type.Integer({ minimum: 1 })])),
  ),
  alpha: Type.Boolean(),
  /** A drawing that can be rendered at any size; width and height are those it has by itself. */
  vector: Type.Optional(Type.Boolean()),
  /** A progressive JPEG or interlaced PNG, which cannot be read in strips. */
  progressive: Type.Boolean(),
  /** What the embedded ICC profile says: an sRGB one needs no conversion, and none is sRGB by convention. */
  profile: Type.Union([
    Type.Literal('none'),
    Type.Literal('srgb'),
    Type.Literal('p3'),
    Type.Literal('other'),
  ]),
  /** libvips' interpretation of the pixels, such as `srgb`, `b-w`, `cmyk` or `rgb16`. */
  space: Type.String(),
  /** Pixels of the HDR gain map that comes with a JPEG, as they are stored: before the orientation is applied. */
  gainMap: Type.Optional(
    Type.Object({ width: Type.Integer({ minimum: 1 }), height: Type.Integer({ minimum: 1 }) }),
  ),
  /** Length of the file. */
  bytes: Type.Integer({ minimum: 1 }),
  /** EXIF fields that `meta-copyright` keeps. */
  copyright: Type.Optional(Type.String()),
  artist: Type.Optional(Type.String()),
})
export type ImageFacts = Type.Static<typeof ImageFacts>

/** Whether developments read a page's pixels, kept as a rung beside the original, rather than the original. */
export function isPaged(format: SourceFormat): format is PagedFormat {
  return pagedFormats.some(paged => paged === format)
}
