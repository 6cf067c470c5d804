import { readManifest } from '../backup/manifest.ts'
import { type RestoreReport, restoreBackup } from '../backup/restore.ts'
import { type VerifyReport, verifyBackup } from '../backup/verify.ts'
import { aboutDatabase, reportOriginals, requireMasterKeys, withBackup } from './backup-parts.ts'
import type { Environment } from './command.ts'

export interface RestoreRun {
  /** The id of the backup; undefined for the latest. */
  readonly backup: string | undefined
  /** Only verifies the backup. */
  readonly verify: boolean
  readonly replace: boolean
}

/** Restores or verifies a backup of a place, and shows the progress. */
export function runRestore(
  environment: Environment,
  place: string,
  { backup, verify, replace }: RestoreRun,
): Promise<RestoreReport | VerifyReport> {
  return withBackup(environment, place, async ({ config, target, store, signal, openDatabase }) => {
    const manifest = await readManifest(target, backup, signal)
    const { onProgress, onProblem, end } = reportOriginals('originals', manifest.originals.bytes)
    const options = { signal, onProgress, onProblem }
    try {
      if (verify) return await verifyBackup(target, manifest, options)
      const [masterKey] = await requireMasterKeys(config)
      const database = await aboutDatabase(config, openDatabase())
      return await restoreBackup({ target, store, database, masterKey }, manifest, { ...options, replace })
    } finally {
      end()
    }
  })
}
