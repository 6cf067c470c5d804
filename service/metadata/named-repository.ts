import Type from 'typebox'
import { DarkroomError } from '../errors/catalogue.ts'
import { clampPageSize, cursorText, decodeCursor, type Page, toPage } from './cursor.ts'
import { onlyRow, type Queryable } from './database.ts'

/** What every row of a user's named things has. */
export interface NamedRecord {
  name: string
  createdAt: Date
  updatedAt: Date
}

export interface NameQuery {
  /** How many at most: 1 to 500. */
  limit: number
  /** The `nextCursor` of the page before. */
  cursor?: string | undefined
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
export function createNamedRepository<Content>(
  db: Queryable,
  { thing, table, columns, max }: NamedTable<Content>,
) {
  type Row = NamedRecord & Content
  const shown = ['name', ...columns, 'created_at as "createdAt"', 'updated_at as "updatedAt"'].join(', ')
  const places = columns.map((_, index) => `$${index + 3}`).join(', ')
  const changes = columns.map(column => `${column} = excluded.${column}`).join(', ')

  return {
    /** One page, by name. */
    async list(userId: string, query: NameQuery): Promise<Page<Row>> {
      const limit = clampPageSize(query.limit)
      const after = query.cursor === undefined ? '' : decodeCursor(Position, query.cursor).name
      const rows = await db.query<Row>(
        `select ${shown} from ${table} where user_id = $1 and name > $2 order by name limit $3`,
        [userId, after, limit + 1],
      )
      return toPage(rows, limit, ({ name }) => ({ name }))
    },

    async find(userId: string, name: string): Promise<Row | undefined> {
      const [row] = await db.query<Row>(`select ${shown} from ${table} where user_id = $1 and name = $2`, [
        userId,
        name,
      ])
      return row
    },

    /** Makes it, or puts new content under its name. @throws DarkroomError `conflict` when the user has too many */
    async put(userId: string, name: string, content: Content): Promise<Row> {
      const values = columns.map(column => content[column])
      const rows = await db.query<Row>(
        `insert into ${table} (user_id, name, ${columns.join(', ')})
         select $1, $2, ${places}
         where (select count(*) from ${table} where user_id = $1 and name <> $2) < ${max}
         on conflict (user_id, name) do update set ${changes}, updated_at = now()
         returning ${shown}`,
        [userId, name, ...values],
      )
      if (rows.length === 0) throw new DarkroomError('conflict', `there are ${max} ${thing} already`)
      return onlyRow(rows)
    },

    /** Whether there was one. */
    async remove(userId: string, name: string): Promise<boolean> {
      const rows = await db.query(`delete from ${table} where user_id = $1 and name = $2 returning name`, [
        userId,
        name,
      ])
      return rows.length > 0
    },
  }
}
