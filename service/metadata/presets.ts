import type { Queryable } from './database.ts'
import { type NamedRecord, NamedRepository } from './named-repository.ts'

/** The content of a preset. */
export interface PresetContent {
  /** In canonical form, such as `resize_w-300_encode_q-70`. */
  operations: string
  /** Whether its derivatives are rendered before the first request. */
  eager: boolean
}

export type Preset = NamedRecord & PresetContent

/** The presets of all users. */
export class PresetRepository extends NamedRepository<PresetContent> {
  readonly #db: Queryable

  constructor(db: Queryable) {
    super(db, { label: 'presets', table: 'presets', columns: ['operations', 'eager'], max: 1_000 })
    this.#db = db
  }

  /** The names of the user's eager presets, by name, at most `max`. */
  async listEagerNames(userId: string, max: number): Promise<string[]> {
    const found = await this.#db.query<{ name: string }>(
      'select name from presets where user_id = $1 and eager order by name limit $2',
      [userId, max],
    )
    return found.map(({ name }) => name)
  }
}
