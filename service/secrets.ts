import { randomBytes } from 'node:crypto'
import { link, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Config } from './config.ts'
import { ConfigError } from './config.ts'
import { messageOf } from './errors/catalogue.ts'
import { parseMasterKey } from './metadata/config.ts'

/** The secrets of a process. */
export interface Secrets {
  /** 32 bytes that encrypt signing secrets at rest. */
  readonly masterKey: Buffer
  /** The one that is to follow it, while the master key is changed. */
  readonly newMasterKey: Buffer | undefined
  readonly jwtSecret: string
}

/**
 * The secrets that the configuration gives, or else those of the data directory, made once.
 * @throws ConfigError in production, where secrets are never invented: a second machine would invent others
 */
export async function openSecrets(config: Config, dataDirectory: string): Promise<Secrets> {
  requireGiven(config)
  const { DARKROOM_MASTER_KEY, DARKROOM_JWT_SECRET } = config
  if (DARKROOM_MASTER_KEY === undefined) await ownSecret(join(dataDirectory, masterKeyFile))
  const jwtSecret = DARKROOM_JWT_SECRET ?? (await ownSecret(join(dataDirectory, 'jwt.key')))
  const { masterKey, newMasterKey } = await findMasterKeys(config, dataDirectory)
  if (masterKey === undefined) throw new Error(`${masterKeyFile} was there a moment ago`)
  return { masterKey, newMasterKey, jwtSecret }
}

const masterKeyFile = 'master.key'
/** Where the next master key lies while secrets are sealed anew under it. */
const newMasterKeyFile = 'master.key.new'

/** The master keys that there are. */
export type MasterKeys = { readonly [N in 'masterKey' | 'newMasterKey']: Buffer | undefined }

/**
 * The master key where there is one, and its successor while there are both: nothing is made. Its absence is no mistake
 * before the first start. @throws ConfigError as `openSecrets` does
 */
export async function findMasterKeys(config: Config, dataDirectory: string): Promise<MasterKeys> {
  requireGiven(config)
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
 * Makes the next master key of the data directory, or takes the one that a change before this one left. What it returns
 * puts it in the place of the old one. @throws ConfigError where the configuration gives the master key
 */
export async function prepareNewMasterKey(
  config: Config,
  dataDirectory: string,
): Promise<() => Promise<void>> {
  if (config.DARKROOM_NEW_MASTER_KEY !== undefined) return async () => {}
  if (config.DARKROOM_MASTER_KEY !== undefined) {
    throw new ConfigError(['DARKROOM_NEW_MASTER_KEY is needed where DARKROOM_MASTER_KEY is set'])
  }
  const path = join(dataDirectory, newMasterKeyFile)
  await ownSecret(path)
  return async () => {
    await rename(path, join(dataDirectory, masterKeyFile))
    await syncFolder(dataDirectory)
  }
}

function requireGiven({ DARKROOM_MASTER_KEY, DARKROOM_JWT_SECRET, NODE_ENV }: Config): void {
  if (NODE_ENV !== 'production') return
  const missing = Object.entries({ DARKROOM_MASTER_KEY, DARKROOM_JWT_SECRET }).filter(([, value]) => !value)
  if (missing.length > 0) throw new ConfigError(missing.map(([name]) => `${name} is needed in production`))
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

/** Reads a secret of this machine, or makes it: whole or not at all, and of two processes that do, one wins. */
async function ownSecret(path: string): Promise<string> {
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

/** A power cut must keep the name, too: what was sealed under a lost key is lost. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
