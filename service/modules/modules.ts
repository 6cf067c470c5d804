import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** A module that is found by scanning its folder. */
export interface NamedModule {
  /** The name of its file without the extension; a space is a hyphen in the file's name. */
  readonly name: string
}

/** Modules as compiled (`.js`) and as written (`.ts`); neither tests nor declarations. */
const modulePattern = /^([a-z][a-z0-9-]*)\.[jt]s$/

/** The files of the modules directly in a folder, by name and in alphabetical order. */
export async function findModules(folder: URL): Promise<ReadonlyMap<string, URL>> {
  const files = new Map<string, URL>()
  for (const file of (await readdir(folder)).sort()) {
    const name = modulePattern.exec(file)?.[1]
    if (name !== undefined) files.set(name, new URL(file, folder))
  }
  return files
}

/**
 * Imports a module's default export.
 * @throws Error when there is none, or its name differs from the file's: a programming error
 */
export async function loadModule<T extends NamedModule>(name: string, file: URL): Promise<T> {
  const { default: found }: { default?: T } = await import(file.href)
  if (typeof found?.name !== 'string')
    throw new Error(`${fileURLToPath(file)}: the default export is missing or has no name`)
  if (found.name.replaceAll(' ', '-') !== name)
    throw new Error(`${fileURLToPath(file)}: the default export is named "${found.name}", not "${name}"`)
  return found
}

/**
 * Imports the default exports of all modules directly in a folder, by their names and in alphabetical order.
 * @throws Error when a module has no default export of its file's name: a programming error, reported at start
 */
export async function loadModules<T extends NamedModule>(folder: URL): Promise<ReadonlyMap<string, T>> {
  const files = [...(await findModules(folder))]
  const modules = await Promise.all(files.map(([name, file]) => loadModule<T>(name, file)))
  return new Map(modules.map(found => [found.name, found]))
}
