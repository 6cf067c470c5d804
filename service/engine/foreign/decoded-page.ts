/** Decoded pixels: top row first, 8 bits per sample, alpha not premultiplied. */
export interface DecodedPixels {
  readonly width: number
  readonly height: number
  readonly channels: 3 | 4
  readonly data: Uint8Array
  /** The colour profile of the samples. Without one they are sRGB. */
  readonly icc?: Uint8Array | undefined
  /** EXIF as a TIFF structure with orientation 1. */
  readonly exif?: Uint8Array | undefined
}

/** A page that is stored as a whole file of a format that sharp reads. */
export interface EmbeddedFile {
  readonly file: Uint8Array
}

/** One page of a file. */
export interface DecodedPage {
  readonly content: DecodedPixels | EmbeddedFile
  /** Number of pages of the file. */
  readonly pages: number
  /** Width and height of each page, if they can differ. A long document lists only its first pages. */
  readonly sizes?: readonly (readonly [number, number])[]
}

/** Which page to decode, and its limits. */
export interface PageRequest {
  /** Counted from 1. */
  readonly page: number
  /** Maximum number of pixels of a page, checked before decoding. */
  readonly maxPixels: number
}
