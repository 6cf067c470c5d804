/** How the result is encoded. A setting that is absent is left to the format's encoder. */
export interface OutputSettings extends ContentSettings {
  /** 1–100; `auto` searches for the lowest quality at which the result looks like the unencoded image. */
  quality?: number | 'auto'
  /** 0 (fastest) to 9 (smallest); each encoder maps it to its own scale. */
  effort?: number
  lossless?: boolean
  /** WebP near-lossless: how closely pixels are kept, from 0 (they may change most) to 100 (they do not change). */
  near?: number
  /** The most colours of a palette, in formats that have one. */
  colors?: number
  /** The most bytes that the result may have. */
  maxBytes?: number
  progressive?: boolean
  metadata?: 'strip' | 'copyright' | 'keep'
  profile?: 'srgb' | 'p3' | 'keep'
}

/** Settings that follow from the image, not from the URL. */
export interface ContentSettings {
  /** PNG: the original has a palette, so the result gets one of at most this many colours. */
  palette?: 16 | 256
  /** JPEG, PNG, TIFF: one channel. */
  grey?: boolean
  /** PNG: the encoder chooses a filter for each row. Photographs then take fewer bytes, drawings more. */
  filtered?: boolean
}

/** Which pages or frames of the original are read. */
export interface SourceSettings {
  /** One page or frame, counted from 1. */
  page?: number
  /** All frames of an animation, where the output format can hold them. */
  animate?: boolean
}
