import type { Queries } from './database.ts'
import { createNamedRows, type Named } from './named-rows.ts'

/** What stands under a preset's name. */
export interface PresetContent {
  /** In canonical form, such as `resize_w-300_encode_q-70`. */
  operations: string
  /** Whether its derivatives are wanted ahead of the first request. */
  eager: boolean
}

export type Preset = Named & PresetContent

export type Presets = ReturnType<typeof createPresets>

/** The presets of each user, under names of his own. */
export function createPresets(db: Queries) {
  return createNamedRows<PresetContent>(db, {
    thing: 'presets',
    table: 'presets',
    columns: ['operations', 'eager'],
    max: 1_000,
  })
}
