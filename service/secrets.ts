import { randomBytes } from 'node:crypto'
import { link, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Config } from './config.ts'
import { ConfigError } from './config.ts'
import { messageOf } from './errors/catalogue.ts'
import { parseMasterKey } from './metadata/config.ts'

/** The secrets that a process works with. */
export interface Secrets {
  /** 32 bytes that encrypt signing secrets at rest. */
  readonly masterKey: Buffer
  /** The next master key, while a rotation is under way. */
  readonly newMasterKey: Buffer | undefined
  readonly jwtSecret: string
}

/**
 * Returns the configured secrets, or those of the data directory, which are generated once.
 * @throws ConfigError in production when one is not configured: a second machine would generate another
 */
export async function openSecrets(config: Config, dataDirectory: string): Promise<Secrets> {
  requireConfiguredInProduction(config)
  const { DARKROOM_MASTER_KEY, DARKROOM_JWT_SECRET } = config
  if (DARKROOM_MASTER_KEY === undefined) await readOrCreateSecret(join(dataDirectory, masterKeyFile))
  const jwtSecret = DARKROOM_JWT_SECRET ?? (await readOrCreateSecret(join(dataDirectory, 'jwt.key')))
  const { masterKey, newMasterKey } = await findMasterKeys(config, dataDirectory)
  if (masterKey === undefined) throw new Error(`${masterKeyFile} disappeared while the process started`)
  return { masterKey, newMasterKey, jwtSecret }
}

const masterKeyFile = 'master.key'
/** Holds the next master key while stored secrets are re-encrypted under it. */
const newMasterKeyFile = 'master.key.new'

/** The current master key and its successor, as far as they exist. */
export type MasterKeys = { readonly [N in 'masterKey' | 'newMasterKey']: Buffer | undefined }

/**
 * Reads the master key and its successor without generating either. Both are undefined before the first start.
 * @throws ConfigError as `openSecrets` does
 */
export async function findMasterKeys(config: Config, dataDirectory: string): Promise<MasterKeys> {
  requireConfiguredInProduction(config)
  const { DARKROOM_MASTER_KEY: given, DARKROOM_NEW_MASTER_KEY: next } = config
  const own = async (name: string) =>
    given === undefined ? readSecret(join(dataDirectory, name)) : undefined
  const masterKey = checkedMasterKey(given ?? (await own(masterKeyFile)))
  const newMasterKey = checkedMasterKey(next ?? (await own(newMasterKeyFile)), 'DARKROOM_NEW_MASTER_KEY')
  return {
    masterKey,
    newMasterKey: newMasterKey && masterKey?.equals(newMasterKey) ? undefined : newMasterKey,
  }
}

/**
 * Generates the next master key in the data directory, or reuses the one that an interrupted rotation left behind.
 * Returns a function that replaces the old key with it.
 * @throws ConfigError when DARKROOM_MASTER_KEY is set without DARKROOM_NEW_MASTER_KEY
 */
export async function prepareNewMasterKey(
  config: Config,
  dataDirectory: string,
): Promise<() => Promise<void>> {
  if (config.DARKROOM_NEW_MASTER_KEY !== undefined) return async () => {}
  if (config.DARKROOM_MASTER_KEY !== undefined) {
    throw new ConfigError(['DARKROOM_NEW_MASTER_KEY: required when DARKROOM_MASTER_KEY is set'])
  }
  const path = join(dataDirectory, newMasterKeyFile)
  await readOrCreateSecret(path)
  return async () => {
    await rename(path, join(dataDirectory, masterKeyFile))
    await syncFolder(dataDirectory)
  }
}

function requireConfiguredInProduction({ DARKROOM_MASTER_KEY, DARKROOM_JWT_SECRET, NODE_ENV }: Config): void {
  if (NODE_ENV !== 'production') return
  const missing = Object.entries({ DARKROOM_MASTER_KEY, DARKROOM_JWT_SECRET }).filter(([, value]) => !value)
  if (missing.length > 0) throw new ConfigError(missing.map(([name]) => `${name}: required in production`))
}

function checkedMasterKey(text: string | undefined, variable?: string): Buffer | undefined {
  try {
    return text === undefined ? undefined : parseMasterKey(text, variable)
  } catch (error) {
    throw new ConfigError([messageOf(error)])
  }
}

async function readSecret(path: string): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch(error => {
    if (error.code !== 'ENOENT') throw error
  })
  return text?.trim()
}

/** Reads a secret file, or creates it atomically: when two processes create it at once, both return the first one's. */
async function readOrCreateSecret(path: string): Promise<string> {
  const known = await readSecret(path)
  if (known !== undefined) return known
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  const file = await open(draft, 'wx', 0o600)
  try {
    await file.writeFile(`${randomBytes(32).toString('base64')}\n`)
    await file.sync()
    await link(draft, path).catch(error => {
      if (error.code !== 'EEXIST') throw error
    })
    await syncFolder(dirname(path))
  } finally {
    await file.close()
    await rm(draft, { force: true })
  }
  return (await readFile(path, 'utf8')).trim()
}

/**
 * Flushes the directory entry, so that a power cut cannot lose the key: everything encrypted under it would be lost.
 */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
