import { type ExportReport, exportOriginals, exportRows } from '../backup/export.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import { withUserData } from '../metadata/user-data.ts'
import { aboutDatabase, reportOriginals, requireSchema, withBackup } from './backup-parts.ts'
import type { Environment } from './command.ts'

/** Exports the data of a user to a place, and shows its progress. */
export function runExport(environment: Environment, place: string, user: string): Promise<ExportReport> {
  return withBackup(environment, place, async ({ config, target, store, signal, openDatabase }) => {
    const options = await aboutDatabase(config, openDatabase())
    await aboutDatabase(config, requireSchema(options))
    const { onProgress, onProblem, end } = reportOriginals('originals', 0)
    const shown = { signal, onProblem, onProgress: (bytes: number) => onProgress('originals', bytes) }
    try {
      const rows = await withUserData(options, user, data => exportRows(target, data, signal))
      if (rows === undefined)
        throw new DarkroomError('not-found', `no user has the id or the address ${user}`)
      return await exportOriginals({ store, target }, rows, shown)
    } finally {
      end()
    }
  })
}
