import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dataDirectoryOf } from '../app.ts'
import type { Config } from '../config.ts'
import type { Environment } from './command.ts'

/** The file in the data directory that holds the public URL of the service that was started last. */
const fileOf = (config: Config) => join(dataDirectoryOf(config), 'public-url')

/** Variables that state the public URL. A command that has one of them uses it. */
const stating = ['DARKROOM_PUBLIC_URL', 'HOST', 'PORT']

/** Records the public URL of a service that has started, for commands on the same data directory. */
export async function recordServiceUrl(config: Config, publicUrl: string): Promise<void> {
  await writeFile(fileOf(config), `${publicUrl}\n`, { mode: 0o600 })
}

/**
 * The configuration of a command that prints URLs: with the URL of the service that was started last, unless the
 * command's own environment states it. Commands often run in a shell without the variables of the service.
 */
export async function withServiceUrl(config: Config, environment: Environment): Promise<Config> {
  if (stating.some(name => environment[name])) return config
  const text = await readFile(fileOf(config), 'utf8').catch(() => '')
  const url = text.trim()
  return /^https?:/.test(url) && URL.canParse(url) ? { ...config, DARKROOM_PUBLIC_URL: url } : config
}
