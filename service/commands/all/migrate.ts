import { command } from '../command.ts'
import { readCommandConfig } from '../open.ts'
import { printLine } from '../print.ts'

export default command({
  name: 'migrate',
  summary: 'migrate the database schema to this version (a starting server does the same)',
  options: { json: { type: 'boolean', summary: 'print the version and the applied migrations as JSON' } },
  async run({ values }, environment) {
    const { databaseVariable, openPostgres } = await import('../../app.ts')
    const { finishMigrations, migrate, readSchemaStatus } = await import('../../metadata/migrate.ts')
    const { config, logger } = await readCommandConfig(environment)
    const postgres = await openPostgres(config, logger)
    try {
      const migrateOptions = { url: config.DARKROOM_DATABASE_DIRECT_URL ?? postgres.url, logger }
      const refuse = (cause: unknown) => {
        throw new Error(`${databaseVariable(config)}: the schema was not migrated`, { cause })
      }
      const changed = await migrate(migrateOptions).catch(refuse)
      const applied = [...changed, ...(await finishMigrations(migrateOptions).catch(refuse))].sort()
      const version = (await readSchemaStatus(migrateOptions)).applied.at(-1) ?? 'nothing'
      const done = applied.length > 0 ? `applied ${applied.join(', ')}` : 'nothing to apply'
      printLine(values.json ? JSON.stringify({ version, applied }) : `the schema is at ${version}: ${done}`)
    } finally {
      await postgres.close()
    }
  },
})
