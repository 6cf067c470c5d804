import { readdir } from 'node:fs/promises'
import type { Operation } from './operation.ts'

/** All operations by name. */
export type Operations = ReadonlyMap<string, Operation>

const folder = new URL('./all/', import.meta.url)

/**
 * Finds the operations by scanning `all/`: each file's default export is one. Nobody keeps a list.
 * @throws Error when a file does not hold the operation that its name says: a programming error, seen at start
 */
export async function loadOperations(): Promise<Operations> {
  const files = (await readdir(folder))
    .filter(name => name.endsWith('.js') && !name.endsWith('.test.js'))
    .sort()
  const operations = new Map<string, Operation>()
  for (const file of files) {
    const { default: operation }: { default?: Operation } = await import(new URL(file, folder).href)
    if (operation === undefined || `${operation.name}.js` !== file) {
      throw new Error(`operations/all/${file} must export the operation of its name as default`)
    }
    operations.set(operation.name, operation)
  }
  return operations
}
