import { databaseVariable, dataDirectoryOf, openPostgres } from '../../app.ts'
import { ConfigError } from '../../config.ts'
import { openDatabase } from '../../metadata/database.ts'
import { rotateMasterKey } from '../../metadata/master-key-rotation.ts'
import { migrate } from '../../metadata/migrate.ts'
import { findMasterKeys, prepareNewMasterKey } from '../../secrets.ts'
import { command } from '../command.ts'
import { readCommandConfig } from '../open.ts'
import { printFacts } from '../print.ts'

export default command({
  name: 'key rotate-master',
  summary:
    're-encrypt all stored secrets under DARKROOM_NEW_MASTER_KEY, or under a new master.key in the data directory',
  options: { json: { type: 'boolean', summary: 'print as JSON how many secrets were re-encrypted' } },
  async run({ values }, environment) {
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
      printFacts({ ...done }, values.json)
    } finally {
      await postgres.close()
    }
    process.stderr.write(
      config.DARKROOM_NEW_MASTER_KEY === undefined
        ? 'The new master key is in the data directory. Start Darkroom again.\n'
        : 'Restart every process with the new key as DARKROOM_MASTER_KEY and without DARKROOM_NEW_MASTER_KEY.\n',
    )
  },
})
