import { type BackupReport, makeBackup } from '../backup/backup.ts'
import type { OriginalsMode } from '../backup/manifest.ts'
import { openDatabase } from '../metadata/database.ts'
import { withDatabaseSnapshot } from '../metadata/database-snapshot.ts'
import { ImageRepository } from '../metadata/images.ts'
import {
  aboutDatabase,
  reportOriginals,
  requireMasterKeys,
  requireSchema,
  withBackup,
} from './backup-parts.ts'
import type { Environment } from './command.ts'

/** How many images are looked up at once: those whose originals are being copied. */
const maxConnections = 4

/** Makes a backup at a place, and shows its progress. */
export function runBackup(
  environment: Environment,
  place: string,
  originals: OriginalsMode,
): Promise<BackupReport> {
  return withBackup(environment, place, async ({ config, target, store, signal, ...opened }) => {
    const masterKeys = await requireMasterKeys(config)
    const options = await opened.openDatabase()
    await aboutDatabase(config, requireSchema(options))
    const database = openDatabase({ ...options, maxConnections })
    let shown: ReturnType<typeof reportOriginals> | undefined
    try {
      return await makeBackup(
        {
          ...{ store, target, masterKeys, images: new ImageRepository(database) },
          withSnapshot: work => withDatabaseSnapshot(options, work),
        },
        {
          ...{ originals, signal },
          onBegin: bytes => {
            shown = reportOriginals('originals', bytes)
          },
          onProgress: bytes => shown?.onProgress('originals', bytes),
          onProblem: (problem, key) => shown?.onProblem(problem, key),
        },
      )
    } finally {
      shown?.end()
      await database.close()
    }
  })
}
