import { databaseVariable, dataDirectoryOf, openPostgres } from '../app.ts'
import { ConfigError } from '../config.ts'
import { openDatabase } from '../metadata/database.ts'
import { rotateMasterKey } from '../metadata/master-key-rotation.ts'
import { migrate } from '../metadata/migrate.ts'
import { findMasterKeys, prepareNewMasterKey } from '../secrets.ts'
import type { Environment } from './command.ts'
import { readCommandConfig } from './open.ts'

/**
 * Re-encrypts all stored secrets under the configured new master key, or under a new one in the data directory.
 * @returns how many secrets were re-encrypted, and whether the new key was configured
 */
export async function changeMasterKey(environment: Environment) {
  const { config, logger } = await readCommandConfig(environment)
  const directory = dataDirectoryOf(config)
  if ((await findMasterKeys(config, directory)).masterKey === undefined) {
    throw new ConfigError(['there is no master key yet to rotate'])
  }
  const finish = await prepareNewMasterKey(config, directory)
  const { masterKey, newMasterKey } = await findMasterKeys(config, directory)
  if (masterKey === undefined || newMasterKey === undefined) {
    throw new ConfigError(['DARKROOM_NEW_MASTER_KEY: must differ from the master key'])
  }
  const postgres = await openPostgres(config, logger)
  try {
    const { url } = postgres
    await migrate({ url, logger }).catch(cause => {
      throw new Error(`${databaseVariable(config)}: the schema was not migrated`, { cause })
    })
    const database = openDatabase({ url, logger, maxConnections: 1 })
    const done = await rotateMasterKey(database, masterKey, newMasterKey).finally(() => database.close())
    await finish()
    return { done, isConfigured: config.DARKROOM_NEW_MASTER_KEY !== undefined }
  } finally {
    await postgres.close()
  }
}
