/** Decoded pixels, top row first, samples of 8 bits, alpha not premultiplied. */
export interface DecodedPixels {
  readonly width: number
  readonly height: number
  readonly channels: 3 | 4
  readonly data: Uint8Array
  /** The colour profile that the samples are in; none is sRGB. */
  readonly icc?: Uint8Array | undefined
  /** EXIF as a TIFF structure whose orientation is 1. */
  readonly exif?: Uint8Array | undefined
}

/** A page as its container holds it: a whole file of a format that sharp reads. */
export interface EmbeddedFile {
  readonly file: Uint8Array
}

/** One page of a file. */
export interface DecodedPage {
  readonly content: DecodedPixels | EmbeddedFile
  /** How many pages the file has. */
  readonly pages: number
  /** Width and height of each page, where they can differ: of the first pages of a long document. */
  readonly sizes?: readonly (readonly [number, number])[]
}

/** Which page, and what it may have. */
export interface PageRequest {
  /** From 1. */
  readonly page: number
  /** Pixels that a page may have: checked before any is decoded. */
  readonly maxPixels: number
}

/** Reads one page of a file. @throws DarkroomError `undecodable` or `too-many-pixels` */
export type PageDecoder = (file: Uint8Array, request: PageRequest) => Promise<DecodedPage> | DecodedPage
