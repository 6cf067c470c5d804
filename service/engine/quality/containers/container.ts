import type { Size } from '../../../operations/shapes.ts'

/** A file split into encoded pixels and metadata. Anything else is dropped. */
export interface ContainerParts {
  /** Only the parts that a decoder needs. */
  readonly pixels: readonly Buffer[]
  /** EXIF, XMP, IPTC, ICC profile. */
  readonly metadata: readonly Buffer[]
}

/** A file format whose encoded pixels and metadata can be recombined unchanged. */
export interface Container {
  /** Undefined for damaged or unusual files, which are then not used at all. */
  readonly split: (file: Buffer) => ContainerParts | undefined
  readonly join: (parts: ContainerParts, size: Size) => Buffer
}
