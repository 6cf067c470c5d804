import type { Size } from '../../../operations/shapes.ts'

/** A file taken apart: how its pixels are coded, and what describes them. Whatever is in neither is left behind. */
export interface ContainerParts {
  /** What a decoder needs, and nothing else. */
  readonly pixels: readonly Buffer[]
  /** EXIF, XMP, IPTC, ICC profile. */
  readonly metadata: readonly Buffer[]
}

/** A format of files whose pixels and description can be exchanged without touching either. */
export interface Container {
  /** Undefined for what is damaged or unusual: then nothing of it is used. */
  readonly split: (file: Buffer) => ContainerParts | undefined
  readonly join: (parts: ContainerParts, size: Size) => Buffer
}
