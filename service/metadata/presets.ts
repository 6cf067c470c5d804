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
  const rows = createNamedRows<PresetContent>(db, {
    thing: 'presets',
    table: 'presets',
    columns: ['operations', 'eager'],
    max: 1_000,
  })
  return {
    ...rows,

    /** Names of presets whose derivatives are wanted ahead of the first request, the first of them. */
    async eager(userId: string, max: number): Promise<string[]> {
      const found = await db.query<{ name: string }>(
        'select name from presets where user_id = $1 and eager order by name limit $2',
        [userId, max],
      )
      return found.map(({ name }) => name)
    },
  }
}
