import Type from 'typebox'
import { DarkroomError } from '../errors/catalogue.ts'
import { clampPageSize, cursorText, decodeCursor, type Page, type PageQuery, toPage } from './cursor.ts'
import { onlyRow, type Queryable } from './database.ts'

/** What every row of a user's named things has. */
export interface NamedRecord {
  name: string
  createdAt: Date
  updatedAt: Date
}

/** Where the rows are. */
export interface NamedTable<Content> {
  /** One of them, for an error. */
  readonly thing: string
  readonly table: string
  /** The columns of the content. */
  readonly columns: readonly (keyof Content & string)[]
  /** How many a user may have. */
  readonly max: number
}

const Position = Type.Object({ name: cursorText })

/** Things that a user keeps under names of his own: one table each, with the user's id and the name as its key. */
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

  /** Makes it, or puts new content under its name. @throws DarkroomError `conflict` when the user has too many */
  async put(userId: string, name: string, content: Content): Promise<NamedRecord & Content> {
    const { table, columns, max, thing } = this.#table
    const places = columns.map((_, index) => `$${index + 3}`).join(', ')
    const changes = columns.map(column => `${column} = excluded.${column}`).join(', ')
    const rows = await this.#db.query<NamedRecord & Content>(
      `insert into ${table} (user_id, name, ${columns.join(', ')})
       select $1, $2, ${places}
       where (select count(*) from ${table} where user_id = $1 and name <> $2) < ${max}
       on conflict (user_id, name) do update set ${changes}, updated_at = now()
       returning ${this.#selected}`,
      [userId, name, ...columns.map(column => content[column])],
    )
    if (rows.length === 0) throw new DarkroomError('conflict', `there are ${max} ${thing} already`)
    return onlyRow(rows)
  }

  /** Whether there was one. */
  async remove(userId: string, name: string): Promise<boolean> {
    const rows = await this.#db.query(
      `delete from ${this.#table.table} where user_id = $1 and name = $2 returning name`,
      [userId, name],
    )
    return rows.length > 0
  }
}
