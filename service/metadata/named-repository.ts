import Type from 'typebox'
import { DarkroomError } from '../errors/catalogue.ts'
import { clampPageSize, cursorText, decodeCursor, type Page, type PageQuery, toPage } from './cursor.ts'
import { onlyRow, type Queryable } from './database.ts'
import { withUserLock } from './user-lock.ts'

/** The columns that every table of named records has. */
export interface NamedRecord {
  name: string
  createdAt: Date
  updatedAt: Date
}

/** Describes the table. */
export interface NamedTable<Content> {
  /** The records, in the plural, for errors. */
  readonly label: string
  readonly table: string
  /** The columns of the content. */
  readonly columns: readonly (keyof Content & string)[]
  /** The number of records that a user may have. */
  readonly max: number
}

const Position = Type.Object({ name: cursorText })

/**
 * Records that users keep under names of their choice. The key of each table is the user's id and the name.
 */
export class NamedRepository<Content> {
  readonly #db: Queryable
  readonly #table: NamedTable<Content>
  readonly #selected: string

  constructor(db: Queryable, table: NamedTable<Content>) {
    this.#db = db
    this.#table = table
    this.#selected = [
      'name',
      ...table.columns,
      'created_at as "createdAt"',
      'updated_at as "updatedAt"',
    ].join(', ')
  }

  /** One page, by name. */
  async list(userId: string, query: PageQuery): Promise<Page<NamedRecord & Content>> {
    const limit = clampPageSize(query.limit)
    const after = query.cursor === undefined ? '' : decodeCursor(Position, query.cursor).name
    const rows = await this.#db.query<NamedRecord & Content>(
      `select ${this.#selected} from ${this.#table.table} where user_id = $1 and name > $2 order by name limit $3`,
      [userId, after, limit + 1],
    )
    return toPage(rows, limit, ({ name }) => ({ name }))
  }

  async find(userId: string, name: string): Promise<(NamedRecord & Content) | undefined> {
    const [row] = await this.#db.query<NamedRecord & Content>(
      `select ${this.#selected} from ${this.#table.table} where user_id = $1 and name = $2`,
      [userId, name],
    )
    return row
  }

  /**
   * Creates a record, or replaces the content of the one with this name.
   * @throws DarkroomError `conflict` when the user has too many
   */
  async put(userId: string, name: string, content: Content): Promise<NamedRecord & Content> {
    const { table, columns, max, label } = this.#table
    const parameters = columns.map((_, index) => `$${index + 3}`).join(', ')
    const changes = columns.map(column => `${column} = excluded.${column}`).join(', ')
    const rows = await withUserLock(this.#db, { userId, table }, locked =>
      locked.query<NamedRecord & Content>(
        `insert into ${table} (user_id, name, ${columns.join(', ')})
         select $1, $2, ${parameters}
         where (select count(*) from ${table} where user_id = $1 and name <> $2) < ${max}
         on conflict (user_id, name) do update set ${changes}, updated_at = now()
         returning ${this.#selected}`,
        [userId, name, ...columns.map(column => content[column])],
      ),
    )
    if (rows.length === 0) throw new DarkroomError('conflict', `a user may have at most ${max} ${label}`)
    return onlyRow(rows)
  }

  /** Whether there was a record with this name. */
  async remove(userId: string, name: string): Promise<boolean> {
    const rows = await this.#db.query(
      `delete from ${this.#table.table} where user_id = $1 and name = $2 returning name`,
      [userId, name],
    )
    return rows.length > 0
  }
}
