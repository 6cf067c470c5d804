import Type from 'typebox'
import { sourceFormats } from './source-formats.ts'

/**
 * The facts about an original that the planner uses without opening it. They are read once at upload and stored with the
 * image. It is a schema because it is read back from the database as JSON.
 */
export const ImageFacts = Type.Object({
  format: Type.Enum(sourceFormats),
  /** Pixels, after EXIF orientation is applied. */
  width: Type.Integer({ minimum: 1 }),
  height: Type.Integer({ minimum: 1 }),
  /** EXIF orientation, 1–8. */
  orientation: Type.Integer({ minimum: 1, maximum: 8 }),
  /** Pages or frames. */
  pages: Type.Integer({ minimum: 1 }),
  /**
   * Width and height of each page, after it is rotated upright. Absent when all pages are known to have the same size.
   * Of a long document, only the first pages are listed.
   */
  pageSizes: Type.Optional(
    Type.Array(Type.Tuple([Type.Integer({ minimum: 1 }), Type.Integer({ minimum: 1 })])),
  ),
  alpha: Type.Boolean(),
  /** Set when the file can store only a few colours: 2 (black and white), or at most 256 (a palette). */
  storedColors: Type.Optional(Type.Union([Type.Literal(2), Type.Literal(256)])),
  /** A vector image, which can be rendered at any size; width and height are its intrinsic size. */
  vector: Type.Optional(Type.Boolean()),
  /** A progressive JPEG or interlaced PNG, which cannot be decoded strip by strip. */
  progressive: Type.Boolean(),
  /** The embedded ICC profile. An sRGB profile needs no conversion, and no profile means sRGB by convention. */
  profile: Type.Union([
    Type.Literal('none'),
    Type.Literal('srgb'),
    Type.Literal('p3'),
    Type.Literal('other'),
  ]),
  /** libvips' interpretation of the pixels, such as `srgb`, `b-w`, `cmyk` or `rgb16`. */
  space: Type.String(),
  /** The values of a TIFF of grey floats that are shown black and white. Absent for 0 and 255. */
  floatRange: Type.Optional(Type.Tuple([Type.Number(), Type.Number()])),
  /** Size in pixels of a JPEG's HDR gain map as stored, before the orientation is applied. */
  gainMap: Type.Optional(
    Type.Object({ width: Type.Integer({ minimum: 1 }), height: Type.Integer({ minimum: 1 }) }),
  ),
  /** A JPEG or PNG that is shown although its last part is missing, or its pixels have a wrong checksum. */
  truncated: Type.Optional(Type.Boolean()),
  /** Length of the file. */
  bytes: Type.Integer({ minimum: 1 }),
  /** Credits from the metadata (EXIF, XMP or IPTC), which `encode_meta-copyright` keeps. */
  copyright: Type.Optional(Type.String()),
  artist: Type.Optional(Type.String()),
})
export type ImageFacts = Type.Static<typeof ImageFacts>
