import type { Queryable } from './database.ts'
import { type NamedRecord, NamedRepository } from './named-repository.ts'

/** What stands under a preset's name. */
export interface PresetContent {
  /** In canonical form, such as `resize_w-300_encode_q-70`. */
  operations: string
  /** Whether its derivatives are wanted ahead of the first request. */
  eager: boolean
}

export type Preset = NamedRecord & PresetContent

/** The presets of each user, under names of his own. */
export class PresetRepository extends NamedRepository<PresetContent> {
  readonly #db: Queryable

  constructor(db: Queryable) {
    super(db, { thing: 'presets', table: 'presets', columns: ['operations', 'eager'], max: 1_000 })
    this.#db = db
  }

  /** Names of presets whose derivatives are wanted ahead of the first request, the first of them. */
  async listEagerNames(userId: string, max: number): Promise<string[]> {
    const found = await this.#db.query<{ name: string }>(
      'select name from presets where user_id = $1 and eager order by name limit $2',
      [userId, max],
    )
    return found.map(({ name }) => name)
  }
}
