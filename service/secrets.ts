import { randomBytes } from 'node:crypto'
import { link, open, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Config } from './config.ts'
import { ConfigError } from './config.ts'
import { messageOf } from './errors/catalogue.ts'
import { parseMasterKey } from './metadata/config.ts'

/** The secrets of a process. */
export interface Secrets {
  /** 32 bytes that encrypt signing secrets at rest. */
  readonly masterKey: Buffer
  readonly jwtSecret: string
}

/**
 * The secrets that the configuration gives, or else those of the data directory, made once.
 * @throws ConfigError in production, where secrets are never invented: a second machine would invent others
 */
export async function openSecrets(config: Config, dataDirectory: string): Promise<Secrets> {
  requireGiven(config)
  const { DARKROOM_MASTER_KEY, DARKROOM_JWT_SECRET } = config
  const masterKey = DARKROOM_MASTER_KEY ?? (await ownSecret(join(dataDirectory, masterKeyFile)))
  const jwtSecret = DARKROOM_JWT_SECRET ?? (await ownSecret(join(dataDirectory, 'jwt.key')))
  return { masterKey: checkedMasterKey(masterKey), jwtSecret }
}

const masterKeyFile = 'master.key'

/**
 * The master key where there is one: nothing is made. Its absence is no mistake before the first start.
 * @throws ConfigError as `openSecrets` does
 */
export async function findMasterKey(config: Config, dataDirectory: string): Promise<Buffer | undefined> {
  requireGiven(config)
  const key = config.DARKROOM_MASTER_KEY ?? (await readSecret(join(dataDirectory, masterKeyFile)))
  return key === undefined ? undefined : checkedMasterKey(key)
}

function requireGiven({ DARKROOM_MASTER_KEY, DARKROOM_JWT_SECRET, NODE_ENV }: Config): void {
  if (NODE_ENV !== 'production') return
  const missing = Object.entries({ DARKROOM_MASTER_KEY, DARKROOM_JWT_SECRET }).filter(([, value]) => !value)
  if (missing.length > 0) throw new ConfigError(missing.map(([name]) => `${name} is needed in production`))
}

function checkedMasterKey(text: string): Buffer {
  try {
    return parseMasterKey(text)
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
