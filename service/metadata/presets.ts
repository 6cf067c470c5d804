import type { Queryable } from './database.ts'
import { createNamedRepository, type NamedRecord } from './named-repository.ts'

/** What stands under a preset's name. */
export interface PresetContent {
  /** In canonical form, such as `resize_w-300_encode_q-70`. */
  operations: string
  /** Whether its derivatives are wanted ahead of the first request. */
  eager: boolean
}

export type Preset = NamedRecord & PresetContent

export type PresetRepository = ReturnType<typeof createPresetRepository>

/** The presets of each user, under names of his own. */
export function createPresetRepository(db: Queryable) {
  const rows = createNamedRepository<PresetContent>(db, {
    thing: 'presets',
    table: 'presets',
    columns: ['operations', 'eager'],
    max: 1_000,
  })
  return {
    ...rows,

    /** Names of presets whose derivatives are wanted ahead of the first request, the first of them. */
    async listEagerNames(userId: string, max: number): Promise<string[]> {
      const found = await db.query<{ name: string }>(
        'select name from presets where user_id = $1 and eager order by name limit $2',
        [userId, max],
      )
      return found.map(({ name }) => name)
    },
  }
}
