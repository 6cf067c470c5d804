import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'

/** One file of the folder of migrations. */
export interface Migration {
  readonly number: number
  readonly name: string
  readonly sql: string
  readonly checksum: string
  /** The statements of a migration whose first line begins with `-- concurrently`; undefined for one that is a transaction. */
  readonly steps: readonly ConcurrentStep[] | undefined
  /**
   * Whether its first line ends with `a day later`: it drops what the processes of the previous release need, which are
   * still being replaced when the migration before it has run.
   */
  readonly isDayLater: boolean
  /**
   * From `-- needs <number>` in its first line: the last migration of the oldest version that works with the changed schema.
   * Absent when all versions do.
   */
  readonly needs?: number
}

/** A statement that runs outside of a transaction. */
export interface ConcurrentStep {
  readonly sql: string
  /** The index that it builds. */
  readonly index: string | undefined
  /** An SQL expression; the statement is left out when it is false. */
  readonly when: string | undefined
}

/** Reads the migrations of a folder, in order. @throws Error for a wrong name or a statement that cannot be resumed */
export async function readMigrations(folder: URL): Promise<Migration[]> {
  const names = (await readdir(folder)).filter(name => name.endsWith('.sql')).sort()
  return Promise.all(
    names.map(async (name, index) => {
      const number = Number(/^(\d{4})-[a-z0-9-]+\.sql$/.exec(name)?.[1])
      if (number !== index + 1) {
        throw new Error(`Migration ${name} is not named ${String(index + 1).padStart(4, '0')}-<words>.sql`)
      }
      // A checkout may convert line endings to CRLF, which is not an edit.
      const sql = (await readFile(new URL(name, folder), 'utf8')).replaceAll('\r\n', '\n')
      const checksum = createHash('sha256').update(sql).digest('hex')
      const marker = /^-- concurrently(?<later>, a day later)?\n/.exec(sql)
      const steps = marker ? stepsOf(name, sql) : undefined
      const needs = /^-- needs (\d{4})\n/.exec(sql)?.[1]
      return {
        ...{ number, name, sql, checksum, steps, isDayLater: marker?.groups?.later !== undefined },
        ...(needs && { needs: Number(needs) }),
      }
    }),
  )
}

const resumable =
  /^(create (?:unique )?index concurrently (?<index>[a-z_]+) on|drop index concurrently if exists) /

/** Only statements that can be repeated after they broke off: a crash may leave any of them half done. */
function stepsOf(name: string, sql: string): ConcurrentStep[] {
  return sql
    .split(/;[ \t]*(?:\n|$)/)
    .map(text => ({
      sql: text.replace(/^[ \t]*--.*$/gm, '').trim(),
      when: /^[ \t]*-- when: (.+)$/m.exec(text)?.[1],
    }))
    .filter(step => step.sql !== '')
    .map(step => {
      const match = resumable.exec(step.sql)
      if (match) return { ...step, index: match.groups?.index }
      throw new Error(
        `Migration ${name} may only have create index concurrently <name> on …, and drop index concurrently if exists`,
      )
    })
}
