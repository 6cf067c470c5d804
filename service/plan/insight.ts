import Type from 'typebox'

const Fraction = Type.Number({ minimum: 0, maximum: 1 })

/** A colour as `#rrggbb`. */
const Color = Type.String({ pattern: '^#[0-9a-f]{6}$' })

/** A rectangle as fractions of the image's width and height. */
const FractionalRegion = Type.Object({ left: Fraction, top: Fraction, width: Fraction, height: Fraction })

/**
 * How a photograph was taken. Location, owner and serial numbers are left out, because the URL that returns the rest
 * may be public.
 */
export const Exposure = Type.Object({
  make: Type.Optional(Type.String()),
  model: Type.Optional(Type.String()),
  lens: Type.Optional(Type.String()),
  software: Type.Optional(Type.String()),
  /** The camera's own time, without a zone: `2024-05-01T12:30:00`. */
  takenAt: Type.Optional(Type.String()),
  /** In seconds. */
  exposureTime: Type.Optional(Type.Number()),
  fNumber: Type.Optional(Type.Number()),
  iso: Type.Optional(Type.Number()),
  /** In millimetres. */
  focalLength: Type.Optional(Type.Number()),
  flash: Type.Optional(Type.Boolean()),
})
export type Exposure = Type.Static<typeof Exposure>

/**
 * The results of analysing an image's pixels once, stored with the image. It is a schema because it is read back from
 * the database as JSON.
 */
export const Insight = Type.Object({
  /** A photograph, or a graphic such as a screenshot, logo or chart. */
  kind: Type.Union([Type.Literal('photo'), Type.Literal('graphic')]),
  /** Base64. */
  thumbhash: Type.String({ pattern: '^[A-Za-z0-9+/]{7,40}={0,2}$' }),
  blurhash: Type.String({ minLength: 6, maxLength: 200 }),
  dominantColor: Color,
  /** The main colours and their shares of the image, largest first. */
  palette: Type.Array(Type.Object({ color: Color, share: Fraction }), { minItems: 1, maxItems: 8 }),
  /** A perceptual hash, 64 bits in hex. Few bits differ between two versions of one image. */
  pHash: Type.String({ pattern: '^[0-9a-f]{16}$' }),
  /** Largest first; null when face detection was not available. */
  faces: Type.Union([Type.Array(FractionalRegion, { maxItems: 64 }), Type.Null()]),
  exif: Exposure,
})
export type Insight = Type.Static<typeof Insight>
