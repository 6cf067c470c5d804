import type { OptionValue } from './option.ts'

/** Every extension of the grammar. The planner decides which of these formats this build can encode. */
export const extensions = ['jpg', 'png', 'webp', 'avif', 'gif', 'tiff', 'jxl', 'auto', 'json'] as const
export type Extension = (typeof extensions)[number]

/** One operation of a URL. Options at their default are left out, so steps with the same meaning are deeply equal. */
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
