import { randomBytes } from 'node:crypto'
import { databaseVariable, dataDirectoryOf, openPostgres, openStore, storageVariable } from '../../app.ts'
import type { Config } from '../../config.ts'
import { type Database, openDatabase } from '../../metadata/database.ts'
import { readSchemaStatus, type SchemaStatus } from '../../metadata/migrate.ts'
import { createSigningKeyRepository } from '../../metadata/signing-keys.ts'
import { findMasterKeys } from '../../secrets.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { Report } from './report.ts'

/** How long a dependency may take to answer, in milliseconds. */
const answerMs = 10_000
/** How far two clocks may be apart, in milliseconds. */
const maxSkewMs = 5_000

/** Whether the object store takes objects. */
export async function checkStore(report: Report, config: Config): Promise<void> {
  const variable = storageVariable(config)
  const advice = `start it and give it the bucket, or correct ${variable} and the AWS_* variables`
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
      return { detail: `${variable} takes objects`, value: true }
    },
  )
}

/** Secrets, database, schema and what is sealed in it. Nothing is migrated and no secret is made. */
export async function checkDatabase(report: Report, config: Config, logger: Logger): Promise<void> {
  const secrets = await report.check(
    'master key',
    'set DARKROOM_MASTER_KEY and DARKROOM_JWT_SECRET, or give this user the right to read the data directory',
    async () => {
      const keys = await findMasterKeys(config, dataDirectoryOf(config))
      return { detail: keys.masterKey ? 'is there' : 'none yet: the first start makes it', value: keys }
    },
  )
  const advice = config.DATABASE_URL
    ? 'start it, or correct DATABASE_URL'
    : 'see the reason, or set DATABASE_URL'
  const opened = await report.check('database', advice, () => open(config, logger))
  if (opened === undefined) {
    report.skip(['schema', 'database clock', 'signing keys'], 'the database comes first')
    return
  }
  const { database, url, close } = opened
  try {
    const schema = await report.check('schema', 'run `darkroom migrate` of the newest version', async () =>
      standing(await readSchemaStatus({ url, logger })),
    )
    await report.check('database clock', 'set both clocks, best by NTP', () => compareClocks(database))
    if (!schema || !secrets) return report.skip(['signing keys'], 'schema and master key come first')
    await report.check('signing keys', 'bring back the master key that they were sealed with', async () => {
      // without a master key none may be there, and any key finds that out
      const keys = createSigningKeyRepository(
        database,
        secrets.masterKey ?? randomBytes(32),
        secrets.newMasterKey,
      )
      const count = schema.applied.length > 0 ? await keys.verifySecrets() : 0
      return { detail: count > 0 ? `${count} open with the master key` : 'none yet', value: count }
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
  const place = config.DATABASE_URL ? 'DATABASE_URL' : `the embedded Postgres of ${databaseVariable(config)}`
  return { detail: `${place} answers`, value: { database, url: postgres.url, close } }
}

function standing(schema: SchemaStatus) {
  const { applied, pending } = schema
  if (applied.length === 0) return { detail: 'none yet: the first start makes it', value: schema }
  if (pending.length > 0) throw new Error(`${pending.join(', ')} not applied`)
  return { detail: `${applied.at(-1)} is current`, value: schema }
}

async function compareClocks(database: Database) {
  const asked = Date.now()
  const [row] = await database.query<{ now: Date }>('select clock_timestamp() as now')
  const skewMs = Math.abs((row?.now.getTime() ?? 0) - (asked + Date.now()) / 2)
  if (skewMs > maxSkewMs) throw new Error(`it differs from the one here by ${Math.round(skewMs / 1000)} s`)
  return { detail: `differs by ${Math.round(skewMs)} ms`, value: skewMs }
}
