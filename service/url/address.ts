import type { OptionValue } from './option.ts'

/** Every extension of the grammar. The planner decides which of these formats this build can encode. */
export const extensions = ['jpg', 'png', 'webp', 'avif', 'gif', 'tiff', 'jxl', 'auto', 'json'] as const
export type Extension = (typeof extensions)[number]

/** One operation of a URL. It holds only options that differ from their default, so equal steps are deeply equal. */
export interface Step {
  readonly op: string
  readonly options: Readonly<Record<string, OptionValue>>
}

/** A parsed `/processed/…` path. */
export interface DerivativeAddress {
  readonly userId: string
  readonly imageId: string
  readonly steps: readonly Step[]
  readonly format: Extension
}

/** A parsed `/raw/…` path. */
export interface OriginalAddress {
  readonly userId: string
  readonly imageId: string
  readonly extension: string
}
