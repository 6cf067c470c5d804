import { randomBytes } from 'node:crypto'
import { databaseVariable, dataDirectoryOf, openPostgres, openStore, storageVariable } from '../../app.ts'
import type { Config } from '../../config.ts'
import { type Database, openDatabase } from '../../metadata/database.ts'
import { readSchemaStatus, type SchemaStatus } from '../../metadata/migrate.ts'
import { SigningKeyRepository } from '../../metadata/signing-keys.ts'
import { findMasterKeys } from '../../secrets.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { Report } from './report.ts'

/** How long a dependency may take to answer, in milliseconds. */
const answerMs = 10_000
/** How much the clocks of the database and this machine may differ, in milliseconds. */
const maxSkewMs = 5_000

/** Checks that the object store accepts objects. */
export async function checkStore(report: Report, config: Config): Promise<void> {
  const variable = storageVariable(config)
  const advice = `start the object store and create the bucket, or correct ${variable} and the AWS_* variables`
  await report.check(
    'object store',
    config.DARKROOM_STORAGE_URL ? advice : `correct ${variable}`,
    async () => {
      const store = await openStore(config)
      try {
        await store.check(AbortSignal.timeout(answerMs))
      } finally {
        await store.close()
      }
      return { detail: `the object store of ${variable} accepts objects`, value: true }
    },
  )
}

/** Checks secrets, database, schema and encrypted keys, without migrating or generating anything. */
export async function checkDatabase(report: Report, config: Config, logger: Logger): Promise<void> {
  const secrets = await report.check(
    'master key',
    'set DARKROOM_MASTER_KEY and DARKROOM_JWT_SECRET, or let the current system user read the data directory',
    async () => {
      const keys = await findMasterKeys(config, dataDirectoryOf(config))
      return { detail: keys.masterKey ? 'found' : 'none yet, generated at the first start', value: keys }
    },
  )
  const advice = config.DATABASE_URL
    ? 'start the database server, or correct DATABASE_URL'
    : 'resolve the reported error, or set DATABASE_URL'
  const opened = await report.check('database', advice, () => open(config, logger))
  if (opened === undefined) {
    report.skip(['schema', 'database clock', 'signing keys'], 'requires the database')
    return
  }
  const { database, url, close } = opened
  try {
    const schema = await report.check('schema', 'run `darkroom migrate` with the newest version', async () =>
      describeSchema(await readSchemaStatus({ url, logger })),
    )
    await report.check('database clock', 'synchronise both clocks with NTP', () => compareClocks(database))
    if (!schema || !secrets) return report.skip(['signing keys'], 'requires the schema and the master key')
    await report.check('signing keys', 'restore the master key that encrypted the signing keys', async () => {
      // without a master key there should be no signing keys; if there are, a random key fails to decrypt them
      const keys = new SigningKeyRepository(
        database,
        secrets.masterKey ?? randomBytes(32),
        secrets.newMasterKey,
      )
      const count = schema.applied.length > 0 ? await keys.verifySecrets() : 0
      return { detail: count > 0 ? `${count} decrypted with the master key` : 'none yet', value: count }
    })
  } finally {
    await close()
  }
}

async function open(config: Config, logger: Logger) {
  const postgres = await openPostgres(config, logger)
  const database = openDatabase({ url: postgres.url, logger, maxConnections: 1 })
  const close = async () => {
    await database.close()
    await postgres.close()
  }
  try {
    await database.check(AbortSignal.timeout(answerMs))
  } catch (error) {
    await close()
    throw error
  }
  const place = config.DATABASE_URL ? 'DATABASE_URL' : `the embedded Postgres in ${databaseVariable(config)}`
  return { detail: `${place} answers`, value: { database, url: postgres.url, close } }
}

function describeSchema(schema: SchemaStatus) {
  const { applied, pending, building } = schema
  if (applied.length === 0) return { detail: 'none yet, created at the first start', value: schema }
  if (pending.length > 0) throw new Error(`${pending.join(', ')} not applied`)
  const rest = building.length > 0 ? `, indexes of ${building.join(', ')} are not built yet` : ''
  return { detail: `${applied.at(-1)} is current${rest}`, value: schema }
}

async function compareClocks(database: Database) {
  const asked = Date.now()
  const [row] = await database.query<{ now: Date }>('select clock_timestamp() as now')
  const skewMs = Math.abs((row?.now.getTime() ?? 0) - (asked + Date.now()) / 2)
  if (skewMs > maxSkewMs)
    throw new Error(`differs from this machine's clock by ${Math.round(skewMs / 1000)} s`)
  return { detail: `differs by ${Math.round(skewMs)} ms`, value: skewMs }
}
