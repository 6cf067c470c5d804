import { loadModules } from '../modules/modules.ts'
import type { Operation } from './operation.ts'

/** All operations by name. */
export type Operations = ReadonlyMap<string, Operation>

/**
 * Loads the operations by scanning `all/`: each file's default export is one.
 * @throws Error when a file's operation does not have the name of the file: a programming error, reported at start
 */
export function loadOperations(): Promise<Operations> {
  return loadModules(new URL('./all/', import.meta.url))
}
